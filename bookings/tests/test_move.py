"""Moving an order to other seats, or to another show of its movie: in one step, or not at all."""

import random
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.test import TestCase, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.answers import errors_in
from bookings import services
from bookings.models import Booking, Order
from bookings.seat_request import SeatRequest
from movies.models import Screen, Show
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, bookings_of, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.clients import ClientsMixin
from testing.rows import all_rows, before, end_hold
from testing.warm import known

PRICES = {
    ("Standard", "Adult"): Decimal("10.00"),
    ("Standard", "Child"): Decimal("7.50"),
    ("Premium", "Adult"): Decimal("14.25"),
    ("Premium", "Child"): Decimal("9.05"),
}


class MoveTests(ClientsMixin, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.movie = make_movie()
        cls.cinema = make_cinema(refund_tiers={24: 100, 2: 50})
        cls.plan = make_seating_plan("A  ssssssssss\nB  pppppppppp\n")
        cls.prices = make_price_list(PRICES)
        cls.show = cls.make_show(days=3)
        cls.later = cls.make_show(days=10)

    @classmethod
    def make_show(cls, *, days=5, **fields):
        fields = {"movie": cls.movie, "seating_plan": cls.plan, "price_list": cls.prices} | fields
        if "screen" not in fields:
            fields["screen"] = make_screen(cinema=cls.cinema)
        return make_show(starts_at=timezone.now() + timedelta(days=days), **fields)

    def order(self, *seats, user=None, show=None, ticket_types=(), take=services.book_seats):
        wanted = SeatRequest(seats, ticket_types=ticket_types)
        sale = take(customer=user or self.alice, show_id=(show or self.show).pk, request=wanted)
        return sale.order

    def hold(self, *seats, **fields):
        return self.order(*seats, take=services.hold_seats, **fields)

    def move(self, order, *seats, show=None, user=None, **body):
        if seats:
            body["seat_numbers"] = seats
        if show is not None:
            body["show"] = show.pk
        return self.client_of(user or self.alice).post(f"/api/orders/{order.code}/move/", body)

    def assert_moved(self, response, total, difference, refund):
        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["total"], body["difference"], body["refund"]), (total, difference, refund)
        )
        order = Order.objects.get(code=body["code"])
        self.assertEqual((str(order.total), order.show_id), (total, body["show"]))
        active = [line for line in order.bookings.all() if line.status in ("held", "booked")]
        self.assertEqual(sum(line.price for line in active), order.total)
        self.assertEqual(
            {(line.status, line.show_id) for line in active}, {(order.status, order.show_id)}
        )
        answered = {
            key: body[key] for key in body.keys() - {"choice", "warnings", "difference", "refund"}
        }
        self.assertEqual(
            answered, self.client_of(order.customer).get(f"/api/orders/{order.code}/").json()
        )
        return body

    def assert_refused(self, response, status, code, *seats):
        self.assertEqual(response.status_code, status, response.content)
        body = response.json()
        self.assertEqual(body["code"], code)
        if seats:
            self.assertEqual(body["seats"], [{"seat_number": seat, "code": code} for seat in seats])

    def lines(self, order):
        lines = order.bookings.order_by("id").values_list("seat_number", "status", "refund")
        return [(seat, status, refund and str(refund)) for seat, status, refund in lines]

    def active(self, **fields):
        active = Booking.objects.active().filter(**fields)
        return sorted(active.values_list("seat_number", flat=True))


class WithinTheShowTests(MoveTests):
    def test_the_old_seats_are_free_and_the_new_ones_are_the_orders(self):
        order = self.order("A1", "A2")
        since = timezone.now()

        body = self.assert_moved(self.move(order, "A5", " a06 "), "20.00", "0.00", "0.00")

        self.assertEqual(
            (body["code"], body["show"], body["status"]), (order.code, self.show.pk, "booked")
        )
        self.assertEqual((body["choice"], body["warnings"]), (None, []))
        self.assertEqual(
            [(line["seat_number"], line["status"]) for line in body["bookings"]],
            [("A1", "cancelled"), ("A2", "cancelled"), ("A5", "booked"), ("A6", "booked")],
        )
        self.assertEqual(self.active(order=order), ["A5", "A6"])
        for old in order.bookings.filter(status="cancelled"):
            self.assertEqual((old.cancelled_by, old.refund), (self.alice, 0))
            self.assertTrue(old.cancel_reason.startswith("Moved to Alien"), old.cancel_reason)
            self.assertLessEqual(since, old.cancelled_at)
        self.assertEqual(self.order("A1", "A2", user=self.bob).status, "booked")

    def test_new_seats_may_overlap_its_own(self):
        order = self.order("A1", "A2", "A3")

        self.assert_moved(self.move(order, "A2", "A3", "A4"), "30.00", "0.00", "0.00")

        self.assertEqual(self.active(), ["A2", "A3", "A4"])

    def test_the_old_seats_end_when_the_new_ones_begin(self):
        """No moment in which the customer has both, or a seat has two bookings."""
        order = self.order("A1", "A2", "A3")

        self.move(order, "A2", "A3", "A4")

        ended = order.bookings.filter(status="cancelled").values_list("cancelled_at", flat=True)
        begun = order.bookings.filter(status="booked").values_list("created_at", flat=True)
        self.assertEqual(set(ended), set(begun))
        self.assertEqual(len(set(ended)), 1)

    def test_seats_may_stay_and_only_the_ticket_types_change(self):
        order = self.order("A1", "A2")

        response = self.move(order, "A1", "A2", ticket_types=["Adult", "Child"])

        body = self.assert_moved(response, "17.50", "-2.50", "2.50")
        self.assertEqual([line["ticket_type"] for line in body["bookings"][2:]], ["Adult", "Child"])
        self.assertEqual(sum(b.refund or 0 for b in Booking.objects.all()), Decimal("2.50"))

    def test_ticket_types_stay_unless_others_are_given(self):
        order = self.order("A1", "A2", ticket_types=("Child", "Adult"))

        body = self.assert_moved(self.move(order, "B1", "B2"), "23.30", "5.80", "0.00")
        self.assertEqual([line["ticket_type"] for line in body["bookings"][2:]], ["Child", "Adult"])

        seats = [
            {"seat_number": "B1", "ticket_type": "adult"},
            {"seat_number": "B2", "ticket_type": "Adult"},
        ]
        body = self.assert_moved(self.move(order, seats=seats), "28.50", "5.20", "0.00")
        self.assertEqual([line["ticket_type"] for line in body["bookings"][4:]], ["Adult", "Adult"])

    def test_the_best_seats_may_be_asked_for(self):
        order = self.order("A1", "A2")

        body = self.assert_moved(
            self.move(order, best=2, category="PREMIUM"), "28.50", "8.50", "0.00"
        )

        self.assertEqual(body["choice"], {"outcome": "side_by_side", "groups": [["B5", "B6"]]})
        self.assertEqual(self.active(), ["B5", "B6"])

    def test_its_own_seats_count_as_free_for_the_best(self):
        order = self.order("B5", "B6")

        body = self.move(order, best=2, category="Premium").json()

        self.assertEqual(body["choice"]["groups"], [["B5", "B6"]])

    def test_dearer_seats_cost_the_difference(self):
        order = self.order("A1")

        self.assert_moved(self.move(order, "B1"), "14.25", "4.25", "0.00")

        self.assertEqual(
            self.lines(order), [("A1", "cancelled", Decimal(0)), ("B1", "booked", None)]
        )

    def test_of_cheaper_seats_the_difference_comes_back_by_the_rule(self):
        for hours, refund in ((30, "8.50"), (24, "8.50"), (23, "4.25"), (1, "0.00")):
            order = self.order("B1", "B2")
            with self.subTest(hours=hours):
                with before(self.show, hours=hours):
                    response = self.move(order, "A1", "A2")
                self.assert_moved(response, "20.00", "-8.50", refund)
                recorded = order.bookings.filter(seat_number__in=["B1", "B2"])
                self.assertEqual(sum(b.refund for b in recorded), Decimal(refund))
            services.cancel_order(order=order, by=self.alice)

    def test_the_refund_that_is_recorded_adds_up_to_the_cent(self):
        order = self.order("B1", "B2", "B3", ticket_types=("Child", "Adult", "Child"))

        with before(self.show, hours=5):
            body = self.assert_moved(self.move(order, "A1", "A2", "A3"), "25.00", "-7.35", "3.68")

        refunds = [Decimal(line["refund"]) for line in body["bookings"] if line["refund"]]
        self.assertEqual((len(refunds), sum(refunds)), (3, Decimal("3.68")))

    def test_seats_given_back_before_stay_as_they_are(self):
        order = self.order("A1", "A2")
        services.cancel_order(order=order, by=self.alice, seat_numbers=["A1"], reason="ill")
        former = Booking.objects.filter(seat_number="A1").values().get()

        self.assert_moved(self.move(order, "B1"), "14.25", "4.25", "0.00")

        self.assertEqual(Booking.objects.filter(seat_number="A1").values().get(), former)
        self.assert_refused(self.move(order, "A5", "A6"), 400, "invalid")

    def test_a_seat_whose_hold_is_over_is_free_for_it(self):
        order, hold = self.order("A1"), self.hold("A2", "A3", user=self.bob)
        end_hold(hold)

        self.assert_moved(self.move(order, "A2"), "10.00", "0.00", "0.00")

        hold.refresh_from_db()
        self.assertEqual(hold.status, "expired")
        self.assertEqual({s for _, s, _ in self.lines(hold)}, {"expired"})

    def test_there_and_back_again_costs_nothing(self):
        order = self.order("A1", "A2")

        self.assert_moved(self.move(order, "B1", "B2"), "28.50", "8.50", "0.00")
        self.assert_moved(self.move(order, "A1", "A2"), "20.00", "-8.50", "8.50")
        self.assert_moved(self.move(order, "B1", "B2"), "28.50", "8.50", "0.00")

        self.assertEqual(self.active(), ["B1", "B2"])
        self.assertEqual(order.bookings.count(), 8)


class HeldTests(MoveTests):
    def test_a_hold_keeps_its_time_and_brings_nothing_back(self):
        order = self.hold("B1", "B2")
        with before(self.show, days=1):
            Order.objects.update(
                expires_at=timezone.now() + timedelta(minutes=3),
                extendable_until=timezone.now() + timedelta(minutes=9),
            )
            Booking.objects.update(expires_at=timezone.now() + timedelta(minutes=3))
        order = Order.objects.get()
        with before(self.show, days=1):
            response = self.move(order, "A1", "A2")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["status"], body["difference"], body["refund"]), ("held", "-8.50", "0.00")
        )
        moved = Order.objects.get()
        self.assertEqual(
            (moved.expires_at, moved.extendable_until), (order.expires_at, order.extendable_until)
        )
        self.assertEqual(
            set(order.bookings.filter(status="held").values_list("expires_at", flat=True)),
            {order.expires_at},
        )
        self.assertEqual(sum(b.refund or 0 for b in order.bookings.all()), 0)

    def test_a_moved_hold_is_confirmed_at_its_new_price(self):
        order = self.hold("A1")
        self.move(order, "B1", show=self.later)

        url = f"/api/orders/{order.code}/confirm/"
        body = self.client_of(self.alice).post(url, {"payment_reference": "pi_1"}).json()

        self.assertEqual(
            (body["status"], body["total"], body["show"]), ("booked", "14.25", self.later.pk)
        )
        cancelled = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/").json()
        self.assertEqual([line["refund"] for line in cancelled["bookings"]], ["0.00", "14.25"])

    def test_a_hold_does_not_last_beyond_the_sales_of_the_new_show(self):
        order = self.hold("A1")
        closes = timezone.now() + timedelta(minutes=2)
        Show.objects.filter(pk=self.later.pk).update(sales_close_at=closes)

        self.assertEqual(self.move(order, "A1", show=self.later).status_code, 200)

        moved = Order.objects.get()
        self.assertEqual((moved.expires_at, moved.extendable_until), (closes, closes))

    def test_a_hold_that_is_over_moves_nowhere(self):
        order = self.hold("A1")
        end_hold(order)
        rows = all_rows()

        self.assert_refused(self.move(order, "A2"), 409, "hold_expired")
        self.assert_refused(self.move(order, "A1", show=self.later), 409, "hold_expired")
        self.assertEqual(all_rows(), rows)

    @override_settings(HOLD_SECONDS=600, HOLD_MAX_SECONDS=1200)
    def test_moving_there_and_back_holds_no_seat_for_longer(self):
        order = self.hold("A1")
        end = Order.objects.get().extendable_until
        for seat in ("A2", "A1", "A3", "A1"):
            self.assertEqual(self.move(order, seat).status_code, 200)
        for show in (self.later, self.show):
            self.assertEqual(self.move(order, "A1", show=show).status_code, 200)
        self.assertLessEqual(Order.objects.get().extendable_until, end)


class OtherShowTests(MoveTests):
    def test_an_order_moves_to_another_show_of_its_movie(self):
        order = self.order("A1", "A2", ticket_types=("Child", "Adult"))

        body = self.assert_moved(
            self.move(order, "B1", "A1", show=self.later), "19.05", "1.55", "0.00"
        )

        self.assertEqual(body["show"], self.later.pk)
        self.assertEqual(
            [
                (line["seat_number"], line["ticket_type"], line["price"])
                for line in body["bookings"][2:]
            ],
            [("B1", "Child", "9.05"), ("A1", "Adult", "10.00")],
        )
        self.assertEqual(
            (self.active(show=self.show), self.active(show=self.later)), ([], ["A1", "B1"])
        )
        listed = self.client_of(self.alice).get("/api/my-bookings/?status=booked").json()["results"]
        self.assertEqual({row["show"] for row in listed}, {self.later.pk})

    def test_it_may_be_in_another_cinema_of_the_same_currency_with_other_prices(self):
        prices = make_price_list({("Standard", "Adult"): 4, ("Premium", "Adult"): 6})
        show = self.make_show(screen=make_screen(cinema=make_cinema()), price_list=prices)
        order = self.order("A1")

        self.assert_moved(self.move(order, "A1", show=show), "4.00", "-6.00", "6.00")

    def test_a_ticket_type_that_the_other_show_lacks_is_named(self):
        prices = make_price_list({("Standard", "Adult"): 4, ("Premium", "Adult"): 6})
        show = self.make_show(price_list=prices)
        order = self.order("A1", ticket_types=("Child",))
        rows = all_rows()

        self.assert_refused(self.move(order, "A1", show=show), 400, "ticket_type_unknown")
        self.assertEqual(all_rows(), rows)
        self.assertEqual(self.move(order, "A1", show=show, ticket_types=["Adult"]).status_code, 200)

    def test_a_free_show_has_no_ticket_types_and_all_comes_back(self):
        free = self.make_show(price_list=None)
        order = self.order("A1", "B1")

        body = self.assert_moved(self.move(order, "A1", "A2", show=free), "0.00", "-24.25", "24.25")
        self.assertEqual(
            [line["refund"] for line in body["bookings"]], ["10.00", "14.25", None, None]
        )

        self.assert_moved(self.move(order, "A1", "A2", show=self.show), "20.00", "20.00", "0.00")
        body = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/").json()
        self.assertEqual([line["refund"] for line in body["bookings"][-2:]], ["10.00", "10.00"])

    def test_a_numbered_hall_will_do(self):
        show = self.make_show(seating_plan=None, total_seats=5)
        order = self.order("A1", "A2")

        self.assert_moved(self.move(order, 4, "05", show=show), "20.00", "0.00", "0.00")
        self.assertEqual(self.active(), ["4", "5"])

    def test_an_order_leaves_a_show_whose_sales_are_closed(self):
        order = self.order("A1")
        Show.objects.filter(pk=self.show.pk).update(sales_close_at=timezone.now())

        self.assertEqual(self.move(order, "A1", show=self.later).status_code, 200)

    def test_cancelling_one_of_the_old_bookings_changes_nothing(self):
        order = self.order("A1")
        self.move(order, "A1", show=self.later)
        client = self.client_of(self.alice)

        response = client.post(f"/api/bookings/{bookings_of(order)[0].pk}/cancel/")

        self.assert_refused(response, 400, "already_cancelled", "A1")
        self.assertEqual(self.active(), ["A1"])

    def test_it_starts_when_its_new_show_does(self):
        order = self.order("A1")
        self.move(order, "A1", show=self.later)
        Show.objects.filter(pk=self.show.pk).update(starts_at=timezone.now())

        response = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/")

        self.assertEqual(response.status_code, 200)

    def test_cancelling_the_show_that_it_has_left_leaves_it_alone(self):
        order = self.order("A1")
        self.move(order, "A1", show=self.later)

        services.cancel_show(show=self.show, by=make_staff())

        order.refresh_from_db()
        self.assertEqual((order.status, self.active(show=self.later)), ("booked", ["A1"]))


class PaymentTests(MoveTests):
    def test_the_reference_is_kept_with_the_new_seats(self):
        order = self.hold("A1")
        services.confirm_order(order=order, payment_reference="first")

        body = self.move(order, "B1", payment_reference="second").json()

        self.assertEqual(body["payment_reference"], "second")
        references = order.bookings.order_by("id").values_list("payment_reference", flat=True)
        self.assertEqual(list(references), ["first", "second"])

    def test_without_one_it_is_that_of_the_old_seats(self):
        order = self.hold("A1")
        services.confirm_order(order=order, payment_reference="first")
        for body in ({}, {"payment_reference": ""}):
            self.assertEqual(self.move(order, "A2", **body).json()["payment_reference"], "first")


class RefundLimitTests(MoveTests):
    """Moving to a show far ahead does not undo the refund rule."""

    def cancel(self, order, *seats):
        body = {"seat_numbers": seats} if seats else {}
        response = self.client_of(self.alice).post(f"/api/orders/{order.code}/cancel/", body)
        self.assertEqual(response.status_code, 200, response.content)

    def all_that_came_back(self):
        return sum(booking.refund or Decimal(0) for booking in Booking.objects.all())

    def test_cancelling_later_brings_back_what_the_rule_gave_at_the_time_of_the_move(self):
        for hours, refund in ((30, "20.00"), (5, "10.00"), (1, "0.00")):
            order = self.order("A1", "A2")
            Booking.objects.exclude(order=order).update(
                status="expired", refund=None, cancelled_at=None
            )
            with self.subTest(hours=hours), before(self.show, hours=hours):
                self.move(order, "A1", "A2", show=self.later)
                said = (
                    self.client_of(self.alice)
                    .get(f"/api/orders/{order.code}/cancel/preview/")
                    .json()
                )
                self.cancel(order)
                self.assertEqual(self.all_that_came_back(), Decimal(refund))
                self.assertEqual(said["refund"], refund)

    def test_what_was_paid_on_top_comes_back_too(self):
        order = self.order("A1")
        with before(self.show, hours=5):
            self.move(order, "B1", show=self.later)
            self.cancel(order)

        self.assertEqual(self.all_that_came_back(), Decimal("9.25"))  # 5.00 and 4.25 on top

    def test_a_refund_at_the_move_is_not_given_again(self):
        order = self.order("B1", "B2")
        with before(self.show, hours=5):
            self.move(order, "A1", "A2", show=self.later)  # 4.25 of 8.50
            self.assertEqual(self.all_that_came_back(), Decimal("4.25"))
            self.cancel(order, "A1")
            self.cancel(order, "A2")

        self.assertEqual(self.all_that_came_back(), Decimal("14.26"))  # 2 * 7.13

    def test_the_other_shows_rule_holds_where_it_gives_less(self):
        strict = make_cinema(refund_tiers={24: 10})
        show = self.make_show(screen=make_screen(cinema=strict), days=8)
        order = self.order("A1")
        with before(self.show, hours=5):
            self.move(order, "A1", show=show)
            self.cancel(order)

        self.assertEqual(self.all_that_came_back(), Decimal("1.00"))

    def test_whatever_is_moved_where_and_when_no_more_comes_back(self):
        """Walks by chance; the same ones each time."""
        for seed in range(7):
            chance = random.Random(seed)  # noqa: S311
            with self.subTest(seed=seed), transaction.atomic():
                self.walk(chance)
                transaction.set_rollback(True)

    def walk(self, chance):
        shows, client = (
            {show.pk: show for show in (self.show, self.later)},
            self.client_of(self.alice),
        )
        seats = [f"{row}{number}" for row in "AB" for number in range(1, 11)]
        size = chance.randint(1, 3)
        types = tuple(chance.choices(["Adult", "Child"], k=size))
        order = self.order(*chance.sample(seats, size), ticket_types=types)
        url, ceilings = f"/api/orders/{order.code}", []
        for hours in sorted(chance.sample(range(1, 60), 4), reverse=True):
            with before(self.show, hours=hours):
                said = Decimal(client.get(f"{url}/cancel/preview/").json()["refund"])
                came = self.all_that_came_back()
                ceilings.append(came + said)
                body = {
                    "seat_numbers": chance.sample(seats, size),
                    "show": chance.choice(list(shows)),
                }
                moved = client.post(f"{url}/move/", body).json()
                on_top = max(Decimal(moved["difference"]), Decimal(0))
                ceilings = [ceiling + on_top for ceiling in ceilings]
                self.assertEqual(self.all_that_came_back() - came, Decimal(moved["refund"]))
                self.assertLessEqual(self.all_that_came_back(), min(ceilings))
        with before(self.show, hours=0.5):
            self.cancel(order)
        self.assertLessEqual(self.all_that_came_back(), min(ceilings))


class RefusedTests(MoveTests):
    def setUp(self):
        super().setUp()
        self.booked = self.order("A1", "A2")
        self.taken = self.order("A5", "B5", user=self.bob)

    def assert_nothing_changes(self, status, code, *seats, named=(), order=None, **body):
        rows = all_rows()
        response = self.move(order or self.booked, *seats, **body)
        self.assert_refused(response, status, code, *named)
        self.assertEqual(all_rows(), rows)
        return response.json()

    def test_taken_seats_are_all_named_with_others_that_can_be_had(self):
        self.hold("A9", user=self.bob)
        block_seat(show=self.show, seat_number="A8", by=self.bob)
        three = self.order("B1", "B2", "B3")

        body = self.assert_nothing_changes(
            409, "seat_taken", "A8", "A9", "A5", named=("A8", "A9", "A5"), order=three
        )

        self.assertTrue(body["alternatives"])
        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(three, *seats).status_code, 200)
                transaction.set_rollback(True)

    def test_taken_seats_of_the_other_show_are_named_with_others_that_can_be_had(self):
        self.order("A1", user=self.bob, show=self.later)

        body = self.assert_nothing_changes(
            409, "seat_taken", "A1", "A2", named=("A1",), show=self.later
        )

        self.assertIn(["A2", "A3"], body["alternatives"])
        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(self.booked, *seats, show=self.later).status_code, 200)
                transaction.set_rollback(True)

    def test_seats_that_would_leave_a_single_one_are_not_offered_again(self):
        plan = make_seating_plan("A  ssppss\n")
        screen = make_screen(cinema=self.cinema, single_seats=Screen.SingleSeats.REJECT)
        show = self.make_show(screen=screen, seating_plan=plan)
        make_order(user=self.bob, show=show, seats=["A1"])
        own = make_order(user=self.alice, show=show, seats=["A3", "A5"], status="held")

        body = self.assert_nothing_changes(400, "single_seat_left", "A4", "A6", order=own)

        for seats in body["alternatives"]:
            with self.subTest(seats=seats), transaction.atomic():
                self.assertEqual(self.move(own, *seats).status_code, 200)
                transaction.set_rollback(True)

    def test_a_seat_that_the_show_does_not_have_is_named(self):
        self.assert_nothing_changes(400, "seat_unknown", "A3", "C1", named=("C1",))
        numbered = self.make_show(seating_plan=None, total_seats=5)
        self.assert_nothing_changes(400, "seat_unknown", "A3", 6, named=("A3", "6"), show=numbered)

    def test_another_movie_is_refused(self):
        other = self.make_show(movie=make_movie("Aliens"))
        body = self.assert_nothing_changes(400, "invalid", "A3", "A4", show=other)
        self.assertEqual(body["errors"][0]["field"], "show")

    def test_another_currency_is_refused(self):
        cinema = make_cinema(currency="EUR")
        prices = make_price_list(PRICES, currency="EUR")
        other = self.make_show(screen=make_screen(cinema=cinema), price_list=prices)
        body = self.assert_nothing_changes(400, "invalid", "A3", "A4", show=other)
        self.assertEqual(body["errors"][0]["field"], "show")

    def test_another_number_of_seats_is_refused(self):
        for body in (
            {"seat_numbers": ["A3"]},
            {"seat_numbers": ["A3", "A4", "A6"]},
            {"best": 1},
            {"best": 3},
            {"seats": [{"seat_number": "A3"}]},
        ):
            self.assert_nothing_changes(400, "invalid", **body)

    def test_a_show_that_has_started_is_left_and_reached_no_more(self):
        started = self.make_show(days=-1)
        self.assert_nothing_changes(400, "show_started", "A3", "A4", show=started)
        Show.objects.filter(pk=self.show.pk).update(starts_at=timezone.now())
        for show in (None, self.later):
            self.assert_nothing_changes(400, "cancel_too_late", "A3", "A4", show=show)

    def test_a_show_that_is_not_on_sale_is_refused(self):
        for fields in (
            {"sales_open_at": timezone.now() + timedelta(hours=1)},
            {"sales_close_at": timezone.now() - timedelta(hours=1)},
        ):
            show = self.make_show(**fields)
            self.assert_nothing_changes(400, "sales_closed", "A3", "A4", show=show)

    def test_a_cancelled_show_is_refused(self):
        services.cancel_show(show=self.later, by=self.bob)
        self.assert_nothing_changes(409, "show_cancelled", "A3", "A4", show=self.later)

    def test_a_cancelled_order_moves_nowhere(self):
        services.cancel_order(order=self.booked, by=self.alice)
        self.assert_nothing_changes(400, "already_cancelled", "A3", "A4")

    @override_settings(MAX_SEATS_PER_SHOW=3)
    def test_the_limit_of_seats_holds_in_the_other_show_but_its_own_do_not_count_twice(self):
        self.order("A1", "A2", show=self.later)
        self.assert_nothing_changes(400, "seat_limit", "A5", "A6", show=self.later)
        self.order("A3")
        self.assertEqual(self.move(self.booked, "A2", "A4").status_code, 200)

    def test_a_show_with_too_few_seats_left_is_full(self):
        small = self.make_show(seating_plan=None, total_seats=2)
        self.order("1", show=small, user=self.bob)
        self.assert_nothing_changes(409, "show_full", best=2, show=small)

    def test_an_unknown_category_or_ticket_type_is_refused(self):
        self.assert_nothing_changes(400, "category_unknown", best=2, category="Sofa")
        self.assert_nothing_changes(
            400, "ticket_type_unknown", "A3", "A4", ticket_types=["Adult", "Pupil"]
        )

    def test_nobody_moves_for_another_not_even_staff(self):
        for user in (self.bob, make_staff()):
            self.assert_nothing_changes(403, "permission_denied", "A3", "A4", user=user)
        response = APIClient().post(f"/api/orders/{self.booked.code}/move/", {"best": 2})
        self.assert_refused(response, 401, "not_authenticated")
        response = self.client_of(self.alice).post("/api/orders/2222222222/move/", {"best": 2})
        self.assert_refused(response, 404, "not_found")

    def test_odd_bodies_are_refused(self):
        good, client = {"seat_numbers": ["A3", "A4"]}, self.client_of(self.alice)
        for body in (
            {},
            {"show": self.later.pk},
            {"seat_numbers": []},
            {"seat_numbers": ["A3", "A3"]},
            {"seat_numbers": ["A3", "a03"]},
            {"seat_numbers": None},
            {"seat_numbers": "A3"},
            {"seat_numbers": [True, False]},
            {"seat_numbers": ["A3", "A4"], "best": 2},
            {"best": 0},
            {"best": -2},
            {"best": True},
            {"best": 2.5},
            {"best": "two"},
            {"best": 10**30},
            {"best": [2]},
            {"best": {"n": 2}},
            {"best": None},
            {"best": 2, "category": ""},
            {"best": 2, "category": 7.5e300},
            {"best": 2, "category": "x" * 51},
            {"best": 2, "category": "a\x00"},
            {"best": 2, "category": ["Premium"]},
            {"best": 2, "ticket_types": ["Adult"]},
            {"best": 2, "ticket_types": [None, None]},
            {"seats": [{"seat_number": "A3"}, {}]},
            {"seats": ["A3", "A4"]},
            {"seats": {"seat_number": "A3"}},
            {"seats": [{"seat_number": "A3", "ticket_type": None}, {"seat_number": "A4"}]},
            {**good, "category": "Premium"},
            {**good, "show": None},
            {**good, "show": True},
            {**good, "show": 10**30},
            {**good, "show": -1},
            {**good, "show": 2.5},
            {**good, "show": "x"},
            {**good, "show": "9" * 5000},
            {**good, "show": {"id": self.later.pk}},
            {**good, "show": [self.later.pk]},
            {**good, "show": self.later.pk + 1000},
            {**good, "payment_reference": "x" * 101},
            {**good, "payment_reference": None},
            {**good, "payment_reference": {}},
            {**good, "payment_reference": "a\x00"},
        ):
            with self.subTest(body=str(body)[:90]):
                response = client.post(f"/api/orders/{self.booked.code}/move/", body)
                self.assertEqual(response.status_code, 400, response.content)
                if response.json()["code"] != "category_unknown":
                    self.assertTrue(errors_in(response))
        self.assertEqual(self.active(), ["A1", "A2", "A5", "B5"])


class QueryTests(MoveTests):
    def test_a_move_costs_the_same_queries_however_many_seats_and_bookings_there_are(self):
        for row, seats, others in (("A", 1, 1), ("B", 5, 4)):
            for number in range(others):
                user = make_user(f"{row}{number}")
                make_order(
                    user=user,
                    show=self.later,
                    seats=[f"B{number + 1}" if row == "A" else f"A{number + 2}"],
                )
            order = self.order(*(f"{row}{number}" for number in range(1, seats + 1)))
            target = [f"{row}{number}" for number in range(6, 6 + seats)]
            body, client = (
                {"seat_numbers": target, "show": self.later.pk},
                self.client_of(self.alice),
            )
            # user, show, order; savepoint, both shows locked, order, bookings, show,
            # taken, prices, refund rule, old bookings, order, new bookings, savepoint
            with known(self.show, self.later), self.assertNumQueries(15):
                response = client.post(f"/api/orders/{order.code}/move/", body)
            self.assertEqual(response.status_code, 200, response.content)
