"""The orders of a cancelled show."""

from decimal import Decimal
from itertools import count
from unittest import mock

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from bookings.models import Booking, Order
from bookings.services import cancelling_shows
from movies.models import Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, bookings_of, make_booking, make_order
from testing.builders.movies import make_cinema, make_screen, make_show
from testing.cases import APIAssertions
from testing.clock import end_hold
from testing.races import at_once, outcomes
from testing.rows import all_rows


class OrdersOfCancelledShowTests(APIAssertions, TestCase):
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
        return self.client_of(staff or self.staff).post(url, {"reason": reason}, headers=headers)

    def stop_at_batch(self, stop):
        """Within this context the process stops when cancelling starts this batch."""
        batches, run = count(1), cancelling_shows.cancel_next_batch

        def some_orders(**kwargs):
            if next(batches) == stop:
                raise KeyboardInterrupt
            return run(**kwargs)

        return mock.patch.object(cancelling_shows, "cancel_next_batch", some_orders)

    def statuses(self):
        return list(Order.objects.order_by("id").values_list("status", flat=True))

    def assert_nothing_is_taken(self):
        for rows in (Order.objects, Booking.objects.of_customers()):
            self.assertFalse(rows.filter(show=self.show, status__in=["held", "booked"]).exists())

    def test_booked_seats_bring_back_their_full_price(self):
        order = self.order(0, "1", "2")
        since = timezone.now()

        self.assertEqual(self.cancel().status_code, 200)

        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("cancelled", 0))
        for booking in order.bookings.all():
            self.assertEqual((booking.status, booking.refund), ("cancelled", Decimal("9.55")))
            self.assertEqual(booking.cancelled_by, self.staff)
            self.assertEqual(booking.cancel_reason, "The show was cancelled: Flooded")
            self.assertLessEqual(since, booking.cancelled_at)
        answer = self.client_of(self.customers[0]).get(f"/api/orders/{order.code}/").json()
        self.assertEqual([booking["refund"] for booking in answer["bookings"]], ["9.55", "9.55"])

    def test_hold_brings_nothing_back_and_a_lapsed_one_expires(self):
        held = self.order(0, "1", status="held")
        lapsed = self.order(1, "2", "3", status="held")
        end_hold(lapsed)

        self.cancel()

        for order, status, refund in ((held, "cancelled", Decimal(0)), (lapsed, "expired", None)):
            order.refresh_from_db()
            self.assertEqual(order.status, status)
            rows = set(order.bookings.values_list("status", "refund"))
            self.assertEqual(rows, {(status, refund)})
        confirmed = self.client_of(self.customers[0]).post(f"/api/orders/{held.code}/confirm/")
        self.assert_problem(confirmed, 409, "show_cancelled")

    def test_blocked_seats_and_ended_orders_stay_as_they_are(self):
        block_seat(show=self.show, seat_number="9", by=self.staff)
        ended = [self.order(0, "1", status="cancelled"), self.order(1, "2", status="expired")]
        other = make_order(user=self.customers[0], show=make_show(), seats=["1"])
        rows = all_rows()

        self.cancel()

        self.assertEqual(all_rows(), rows)
        self.assertEqual((len(ended), other.show_id != self.show.pk), (2, True))

    def test_seats_cancelled_before_keep_their_refund(self):
        order = self.order(0, "1", "2")
        client = self.client_of(self.customers[0])
        client.post(f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["1"]})
        former = Booking.objects.filter(seat_number="1").values().get()
        self.assertEqual(former["refund"], Decimal(0))

        self.cancel()

        self.assertEqual(Booking.objects.filter(seat_number="1").values().get(), former)
        self.assertEqual(Booking.objects.get(seat_number="2").refund, Decimal("9.55"))

    def test_longest_reason_fits(self):
        self.order(0, "1")
        self.assertEqual(self.cancel(reason="x" * 200).status_code, 200)
        self.assertEqual(len(Booking.objects.get().cancel_reason), 200)

    @mock.patch.object(cancelling_shows, "BATCH", 2)
    def test_orders_are_cancelled_in_batches(self):
        for number in range(5):
            self.order(number, str(number + 1), status="held" if number % 2 else "booked")

        self.assertEqual(self.cancel().status_code, 200)

        self.assertEqual(self.statuses(), ["cancelled"] * 5)
        self.assert_nothing_is_taken()

    @mock.patch.object(cancelling_shows, "BATCH", 2)
    def test_next_call_continues_an_interrupted_cancellation(self):
        for number in range(5):
            self.order(number, str(number + 1))
        lapsed = self.order(0, "8", status="held")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()
        self.assertEqual(self.statuses(), ["cancelled"] * 2 + ["booked"] * 3 + ["held"])
        end_hold(lapsed)
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

    def test_second_cancellation_changes_no_row(self):
        self.order(0, "1")
        self.order(1, "2", status="held")
        self.cancel()
        rows = all_rows()

        self.assertEqual(self.cancel(staff=make_staff("other")).status_code, 200)

        self.assertEqual(all_rows(), rows)

    def test_request_with_an_idempotency_key_acts_once(self):
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

    @mock.patch.object(cancelling_shows, "BATCH", 2)
    def test_interrupted_request_with_an_idempotency_key_can_be_repeated(self):
        for number in range(5):
            self.order(number, str(number + 1))
        key = {"Idempotency-Key": "flood"}
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel(**key)

        response = self.cancel(**key)

        self.assertEqual(response.status_code, 200, response.content)
        self.assertNotIn("Idempotency-Replayed", response.headers)
        self.assertEqual(self.statuses(), ["cancelled"] * 5)

    @mock.patch.object(cancelling_shows, "BATCH", 1)
    def test_customer_who_cancels_before_the_batch_gets_the_full_price(self):
        """The order is not in the first batch, and cancelling was interrupted before the second."""
        self.order(0, "1")
        order = self.order(1, "2", "3")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()
        client, url = self.client_of(self.customers[1]), f"/api/orders/{order.code}/cancel/"

        preview = client.get(f"{url}preview/").json()
        done = client.post(url).json()

        self.assertEqual(preview["refund"], "19.10")
        self.assertEqual([booking["refund"] for booking in done["bookings"]], ["9.55", "9.55"])

    @mock.patch.object(cancelling_shows, "BATCH", 1)
    def test_move_to_a_cheaper_show_brings_back_the_whole_difference(self):
        cheaper = make_show(movie=self.show.movie, screen=self.show.screen, price=4)
        self.order(0, "1")
        order = self.order(1, "2")
        with self.stop_at_batch(2), self.assertRaises(KeyboardInterrupt):
            self.cancel()

        response = self.client_of(self.customers[1]).post(
            f"/api/orders/{order.code}/move/", {"show": cheaper.pk, "seat_numbers": ["2"]}
        )

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["refund"], "5.55")

    def test_batch_costs_the_same_queries_however_many_orders_it_has(self):
        for orders in (1, 5):
            Show.objects.update(cancelled_at=None)
            for number in range(orders):
                self.order(number, str(number + 1), str(number + 11))
                self.order(number, str(number + 21), status="held")
            client, url = self.client_of(self.staff), f"/api/shows/{self.show.pk}/cancel/"
            # as in test_cancel_show.py
            with self.subTest(orders=orders), self.assertNumQueries(33):
                client.post(url, {})


class RaceTests(TransactionTestCase):
    def test_orders_made_during_the_cancellation_are_refused_or_cancelled(self):
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

            with mock.patch.object(cancelling_shows, "BATCH", 2):
                cancelled, *made, confirmed = at_once(calls)

            self.assertEqual(cancelled.status_code, 200, cancelled.content)
            counts = outcomes(made)
            self.assertLessEqual(counts.keys(), {(201, None), (409, "show_cancelled")})
            self.assertEqual(show.orders.count(), 1 + counts[201, None])
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

    def test_eight_simultaneous_cancellations_cancel_once(self):
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

    def test_booking_after_the_cancellation_is_refused_under_load(self):
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
        self.assertLessEqual(outcomes(booked).keys(), {(201, None), (409, "show_cancelled")})
        show.refresh_from_db()
        self.assertFalse(Booking.objects.filter(created_at__gt=show.cancelled_at).exists())
