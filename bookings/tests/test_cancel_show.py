from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from unittest import mock

from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.answers import errors_in
from accounts.tests.races import at_once
from bookings.models import Booking, Order
from bookings.services import cancelling_shows as cancelling
from movies.models import Show
from movies.tests.test_staff_writes import staff_client
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, bookings_of, make_booking, make_order
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.rows import all_rows, end_hold


class CancelShowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user("customer")
        cls.screen = make_screen(cinema=make_cinema(time_zone="Europe/London"))
        cls.movie = make_movie()
        cls.starts_at = datetime(2040, 6, 10, 19, tzinfo=UTC)
        cls.show = make_show(movie=cls.movie, screen=cls.screen, starts_at=cls.starts_at)
        cls.url = f"/api/shows/{cls.show.pk}/"

    def setUp(self):
        self.client = client_of(self.staff)

    def cancel(self, **body):
        return self.client.post(f"{self.url}cancel/", body)

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def test_a_cancelled_show_stays_at_its_url_with_the_reason(self):
        before = timezone.now()

        response = self.cancel(reason="The projector is broken.")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["is_cancelled"], body["cancel_reason"]), (True, "The projector is broken.")
        )
        self.assertEqual(body, APIClient().get(self.url).json())
        self.show.refresh_from_db()
        self.assertEqual(
            (self.show.cancelled_by, self.show.cancel_reason),
            (self.staff, "The projector is broken."),
        )
        self.assertLessEqual(before, self.show.cancelled_at)

    def test_a_reason_may_be_left_out(self):
        for body in ({}, {"reason": ""}):
            Show.objects.update(cancelled_at=None)
            with self.subTest(body=body):
                response = self.cancel(**body)
                self.assertEqual(
                    (response.status_code, response.json()["cancel_reason"]), (200, "")
                )

    def test_a_reason_is_a_bounded_text(self):
        for reason in ("x" * 201, "a\x00b", True, ["broken"], {}, None):
            with self.subTest(reason=reason):
                response = self.cancel(reason=reason)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(errors_in(response)[0][0], "reason")
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_a_cancelled_show_leaves_every_list(self):
        urls = [
            "/api/shows/",
            "/api/shows/?date=2040-06-10",
            f"/api/shows/?cinema={self.screen.cinema_id}",
            f"/api/movies/{self.movie.pk}/shows/",
            f"/api/movies/?cinema={self.screen.cinema_id}",
            "/api/movies/?date=2040-06-10",
            f"/api/movies/?cinema={self.screen.cinema_id}&date=2040-06-10",
        ]
        for url in urls:
            self.assertEqual(self.client.get(url).json()["count"], 1, url)

        self.cancel()

        for url in urls:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).json()["count"], 0)

    def test_a_past_show_that_was_cancelled_is_not_among_the_past_ones(self):
        Show.objects.update(starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now())
        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 1)

        self.cancel()

        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 0)

    def test_the_hall_is_free_again(self):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": self.starts_at, "total_seats": 9}
        self.assert_refused(self.client.post("/api/shows/", body), 409, "shows_overlap")

        self.cancel()

        self.assertEqual(self.client.post("/api/shows/", body).status_code, 201)

    def test_a_cancelled_show_is_not_sold(self):
        self.cancel()

        response = client_of(self.customer).post(f"{self.url}book/", {"seat_number": "1"})

        self.assert_refused(response, 409, "show_cancelled")
        self.assertFalse(Booking.objects.exists())

    def test_a_second_time_changes_nothing(self):
        first = self.cancel(reason="first")

        second = self.cancel(reason="second")

        self.assertEqual(second.status_code, 200, second.content)
        self.assertEqual(second.json(), first.json())
        self.show.refresh_from_db()
        self.assertEqual(self.show.cancel_reason, "first")

    def test_a_show_is_not_cancelled_by_writing_its_fields(self):
        response = self.client.patch(self.url, {"is_cancelled": True, "cancel_reason": "no"})

        self.assertEqual(response.status_code, 200)
        self.show.refresh_from_db()
        self.assertEqual((self.show.cancelled_at, self.show.cancel_reason), (None, ""))

    def test_an_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1, 10**20):
            response = self.client.post(f"/api/shows/{pk}/cancel/")
            self.assert_refused(response, 404, "not_found")

    def test_who_may_not_change_shows_cancels_none(self):
        for client, status, code in (
            (APIClient(), 401, "not_authenticated"),
            (client_of(self.customer), 403, "permission_denied"),
            (staff_client("usher", "view_show", "delete_show"), 403, "permission_denied"),
            (staff_client("adder", "add_show"), 403, "permission_denied"),
        ):
            with self.subTest(code=code):
                self.client = client
                self.assert_refused(self.cancel(), status, code)
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_who_may_change_shows_cancels_them(self):
        self.client = staff_client("changer", "change_show")

        self.assertEqual(self.cancel().status_code, 200)

    def test_cancelling_takes_the_same_queries_however_many_are_booked(self):
        for booked in (1, 20):
            Show.objects.update(cancelled_at=None)
            for seat in range(booked):
                make_booking(user=self.customer, show=self.show, seat_number=f"{booked}A{seat}")
            # user, show; savepoint, lock, update, savepoint; a batch: savepoint, lock, orders,
            # lapsed ones (2), held, booked, orders, savepoint; an empty one (4); the answer
            with self.subTest(booked=booked), self.assertNumQueries(20):
                self.cancel()


class OrdersTests(TestCase):
    """What becomes of the orders of a cancelled show."""

    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.customers = [make_user(f"customer{number}") for number in range(5)]
        cls.show = make_show(
            screen=make_screen(cinema=make_cinema(refund_tiers={48: 50})), price=Decimal("9.55")
        )

    def order(self, number, *seats, **fields):
        fields.setdefault("price", Decimal("9.55"))
        return make_order(user=self.customers[number], show=self.show, seats=seats, **fields)

    def cancel(self, *, staff=None, reason="Flooded", **headers):
        url = f"/api/shows/{self.show.pk}/cancel/"
        return client_of(staff or self.staff).post(url, {"reason": reason}, headers=headers)

    def stop_at_batch(self, stop):
        """In this context cancelling ends with an error when it begins that batch."""
        batches, run = count(1), cancelling.cancel_next_batch

        def some_orders(**kwargs):
            if next(batches) == stop:
                raise KeyboardInterrupt
            return run(**kwargs)

        return mock.patch.object(cancelling, "cancel_next_batch", some_orders)

    def statuses(self):
        return list(Order.objects.order_by("id").values_list("status", flat=True))

    def assert_nothing_is_taken(self):
        for rows in (Order.objects, Booking.objects.of_customers()):
            self.assertFalse(rows.filter(show=self.show, status__in=["held", "booked"]).exists())

    def test_every_seat_that_was_paid_for_brings_back_its_full_price(self):
        order = self.order(0, "1", "2")
        before = timezone.now()

        self.assertEqual(self.cancel().status_code, 200)

        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("cancelled", 0))
        for booking in order.bookings.all():
            self.assertEqual((booking.status, booking.refund), ("cancelled", Decimal("9.55")))
            self.assertEqual(booking.cancelled_by, self.staff)
            self.assertEqual(booking.cancel_reason, "The show was cancelled: Flooded")
            self.assertLessEqual(before, booking.cancelled_at)
        answer = client_of(self.customers[0]).get(f"/api/orders/{order.code}/").json()
        self.assertEqual([line["refund"] for line in answer["bookings"]], ["9.55", "9.55"])

    def test_a_hold_brings_back_nothing_and_one_that_is_over_is_expired(self):
        held, over = self.order(0, "1", status="held"), self.order(1, "2", "3", status="held")
        end_hold(over)

        self.cancel()

        for order, status, refund in ((held, "cancelled", Decimal(0)), (over, "expired", None)):
            order.refresh_from_db()
            self.assertEqual(order.status, status)
            rows = set(order.bookings.values_list("status", "refund"))
            self.assertEqual(rows, {(status, refund)})
        confirmed = client_of(self.customers[0]).post(f"/api/orders/{held.code}/confirm/")
        self.assertEqual(confirmed.status_code, 409, confirmed.content)

    def test_blocked_seats_and_what_had_ended_before_stay(self):
        block_seat(show=self.show, seat_number="9", by=self.staff)
        ended = [self.order(0, "1", status="cancelled"), self.order(1, "2", status="expired")]
        other = make_order(user=self.customers[0], show=make_show(), seats=["1"])
        rows = all_rows()

        self.cancel()

        self.assertEqual(all_rows(), rows)
        self.assertEqual((len(ended), other.show_id != self.show.pk), (2, True))

    def test_seats_given_back_before_keep_their_refund(self):
        order = self.order(0, "1", "2")
        client = client_of(self.customers[0])
        client.post(f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["1"]})
        former = Booking.objects.filter(seat_number="1").values().get()
        self.assertEqual(former["refund"], Decimal(0))

        self.cancel()

        self.assertEqual(Booking.objects.filter(seat_number="1").values().get(), former)
        self.assertEqual(Booking.objects.get(seat_number="2").refund, Decimal("9.55"))

    def test_a_long_reason_fits(self):
        self.order(0, "1")
        self.assertEqual(self.cancel(reason="x" * 200).status_code, 200)
        self.assertEqual(len(Booking.objects.get().cancel_reason), 200)

    @mock.patch.object(cancelling, "BATCH", 2)
    def test_orders_are_cancelled_in_batches(self):
        for number in range(5):
            self.order(number, str(number + 1), status="held" if number % 2 else "booked")

        self.assertEqual(self.cancel().status_code, 200)

        self.assertEqual(self.statuses(), ["cancelled"] * 5)
        self.assert_nothing_is_taken()

    @mock.patch.object(cancelling, "BATCH", 2)
    def test_what_was_stopped_in_the_middle_goes_on_when_called_again(self):
        for number in range(5):
            self.order(number, str(number + 1))
        over = self.order(0, "8", status="held")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()
        self.assertEqual(self.statuses(), ["cancelled"] * 2 + ["booked"] * 3 + ["held"])
        end_hold(over)
        done = Booking.objects.filter(status="cancelled")
        first = list(done.order_by("id").values())

        response = self.cancel(staff=make_staff("other"), reason="Again")

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["cancel_reason"], "Flooded")
        self.assertEqual(self.statuses(), ["cancelled"] * 5 + ["expired"])
        self.assertEqual(list(Booking.objects.order_by("id").values()[:2]), first)
        self.assertEqual(
            set(done.values_list("refund", "cancelled_by", "cancel_reason")),
            {(Decimal("9.55"), self.staff.pk, "The show was cancelled: Flooded")},
        )

    def test_a_second_time_changes_no_row(self):
        self.order(0, "1")
        self.order(1, "2", status="held")
        self.cancel()
        rows = all_rows()

        self.assertEqual(self.cancel(staff=make_staff("other")).status_code, 200)

        self.assertEqual(all_rows(), rows)

    def test_with_an_idempotency_key_it_acts_once(self):
        self.order(0, "1")
        key = {"Idempotency-Key": "flood"}

        first = self.cancel(**key)
        rows = all_rows()
        second = self.cancel(**key)

        self.assertEqual((first.status_code, second.status_code), (200, 200))
        self.assertEqual(second.content, first.content)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")
        self.assertEqual(all_rows(), rows)
        self.assert_nothing_is_taken()

    @mock.patch.object(cancelling, "BATCH", 2)
    def test_with_an_idempotency_key_what_was_stopped_can_be_sent_again(self):
        for number in range(5):
            self.order(number, str(number + 1))
        key = {"Idempotency-Key": "flood"}
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel(**key)

        response = self.cancel(**key)

        self.assertEqual(response.status_code, 200, response.content)
        self.assertNotIn("Idempotency-Replayed", response.headers)
        self.assertEqual(self.statuses(), ["cancelled"] * 5)

    @mock.patch.object(cancelling, "BATCH", 1)
    def test_who_gives_back_an_order_of_a_cancelled_show_first_gets_the_full_price_too(self):
        """Its turn comes in a later batch, or after the next call."""
        self.order(0, "1")
        order = self.order(1, "2", "3")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()
        client, url = client_of(self.customers[1]), f"/api/orders/{order.code}/cancel/"

        said = client.get(f"{url}preview/").json()
        done = client.post(url).json()

        self.assertEqual(said["refund"], "19.10")
        self.assertEqual([line["refund"] for line in done["bookings"]], ["9.55", "9.55"])

    @mock.patch.object(cancelling, "BATCH", 1)
    def test_who_leaves_a_cancelled_show_for_a_cheaper_one_gets_the_whole_difference(self):
        cheaper = make_show(movie=self.show.movie, screen=self.show.screen, price=4)
        self.order(0, "1")
        order = self.order(1, "2")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()

        response = client_of(self.customers[1]).post(
            f"/api/orders/{order.code}/move/", {"show": cheaper.pk, "seat_numbers": ["2"]}
        )

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["refund"], "5.55")

    def test_a_batch_costs_the_same_queries_however_many_orders_it_has(self):
        for orders in (1, 5):
            Show.objects.update(cancelled_at=None)
            for number in range(orders):
                self.order(number, str(number + 1), str(number + 11))
                self.order(number, str(number + 21), status="held")
            client, url = client_of(self.staff), f"/api/shows/{self.show.pk}/cancel/"
            # as above
            with self.subTest(orders=orders), self.assertNumQueries(20):
                client.post(url, {})


class RaceTests(TransactionTestCase):
    def test_orders_made_while_a_show_is_cancelled_are_refused_or_cancelled_too(self):
        staff, customers = make_staff(), [make_user(f"customer{number}") for number in range(7)]
        for _ in range(2):
            show = make_show(price=8)
            held = make_order(user=customers[6], show=show, seats=["7"], status="held", price=8)
            url = f"/api/shows/{show.pk}"
            calls = [lambda url=url: client_of(staff).post(f"{url}/cancel/", {})]
            for seat, user in enumerate(customers[:6], 1):
                what, body = (
                    ("hold", {"seat_numbers": [seat]})
                    if seat % 2
                    else ("book", {"seat_number": seat})
                )
                calls.append(
                    lambda user=user, url=f"{url}/{what}/", body=body: client_of(user).post(
                        url, body
                    )
                )
            confirm = f"/api/orders/{held.code}/confirm/"
            calls.append(lambda confirm=confirm: client_of(customers[6]).post(confirm))

            with mock.patch.object(cancelling, "BATCH", 2):
                cancelled, *made, confirmed = at_once(calls)

            self.assertEqual(cancelled.status_code, 200, cancelled.content)
            codes = {(r.status_code, r.json().get("code")) for r in made if r.status_code != 201}
            self.assertLessEqual(codes, {(409, "show_cancelled")})
            self.assertEqual(show.orders.count(), 1 + sum(r.status_code == 201 for r in made))
            self.assertEqual(set(show.orders.values_list("status", flat=True)), {"cancelled"})
            for booking in show.bookings.all():
                was_booked = booking.booked_at is not None
                self.assertEqual(
                    (booking.status, booking.refund), ("cancelled", 8 if was_booked else 0)
                )
            held.refresh_from_db()
            self.assertEqual(
                bookings_of(held)[0].booked_at is not None, confirmed.status_code == 200
            )

    def test_eight_who_cancel_at_once_cancel_once(self):
        show, customer = make_show(), make_user()
        members = [make_staff(f"staff{number}") for number in range(8)]
        for seat in range(1, 6):
            make_booking(user=customer, show=show, seat_number=str(seat))

        responses = at_once(
            [
                lambda staff=staff: client_of(staff).post(f"/api/shows/{show.pk}/cancel/", {})
                for staff in members
            ]
        )

        self.assertEqual([r.status_code for r in responses], [200] * 8)
        show.refresh_from_db()
        self.assertEqual(
            list(Booking.objects.values_list("status", "cancelled_by")),
            [("cancelled", show.cancelled_by_id)] * 5,
        )

    def test_what_is_booked_after_a_show_was_cancelled_is_refused_under_load_too(self):
        show, staff = make_show(), make_staff()
        customers = [client_of(make_user(f"customer{number}")) for number in range(7)]
        url = f"/api/shows/{show.pk}/"

        cancelled, *booked = at_once(
            [lambda: client_of(staff).post(f"{url}cancel/", {})]
            + [
                lambda client=client, seat=seat: client.post(f"{url}book/", {"seat_number": seat})
                for seat, client in enumerate(customers, 1)
            ]
        )

        self.assertEqual(cancelled.status_code, 200)
        codes = {(r.status_code, r.json().get("code")) for r in booked}
        self.assertLessEqual(codes, {(201, None), (409, "show_cancelled")})
        show.refresh_from_db()
        self.assertFalse(Booking.objects.filter(created_at__gt=show.cancelled_at).exists())
