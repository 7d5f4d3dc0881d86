"""The bookings of an order that count, and those that it had before."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from bookings import services
from bookings.tests.cases import MoveTestCase
from testing.builders.accounts import make_staff
from testing.clock import at, end_hold
from testing.warm import warm_caches

LISTS = ("bookings", "former_bookings")


class FormerBookingsTests(MoveTestCase):
    def assert_bookings(self, order, counting, former):
        """Assert what both lists say, in the answer for the order and in the list of orders."""
        client = self.client_of(self.alice)
        body = client.get(f"/api/orders/{order.code}/").json()
        shown = [
            [(each["seat_number"], each["status"], each["refund"]) for each in body[name]]
            for name in LISTS
        ]
        self.assertEqual(shown, [counting, former])
        [listed] = client.get("/api/orders/").json()["results"]
        self.assertEqual([listed[name] for name in LISTS], [body[name] for name in LISTS])
        ids = [each["id"] for name in LISTS for each in body[name]]
        self.assertEqual(sorted(ids), sorted(each.number for each in order.bookings.all()))
        return body

    def test_hold_that_changed_three_times_has_only_its_own_seats(self):
        order = self.hold("A1", "A2")
        for seats in [("A2", "A3", "A4"), ("A5",), ("B1", "B2", "B3")]:
            self.assertEqual(self.move(order, *seats).status_code, 200)

        body = self.assert_bookings(
            order,
            [(seat, "held", None) for seat in ("B1", "B2", "B3")],
            [(seat, "cancelled", "0.00") for seat in ("A1", "A2", "A2", "A3", "A4", "A5")],
        )

        prices = sum(Decimal(booking["price"]) for booking in body["bookings"])
        self.assertEqual(prices, Decimal(body["total"]))

    def test_hold_that_ended_has_the_seats_that_it_held_last(self):
        order = self.hold("A1", "A2", "A3")
        self.act("cancel", order, "A1")
        self.move(order, "A4", "A5")
        end_hold(order)
        former = [(seat, "cancelled", "0.00") for seat in ("A1", "A2", "A3")]

        self.assert_bookings(order, [("A4", "expired", None), ("A5", "expired", None)], former)

        self.hold("A4", user=self.bob)  # which writes down that it has expired
        self.assert_bookings(order, [("A4", "expired", None), ("A5", "expired", None)], former)

    def test_seat_cancelled_for_itself_is_a_former_one_with_its_refund(self):
        order = self.book("A1", "A2")
        self.act("cancel", order, "A1")

        self.assert_bookings(order, [("A2", "booked", None)], [("A1", "cancelled", "10.00")])

    def test_cancelled_order_has_the_seats_that_were_cancelled_with_it(self):
        order = self.book("B1", "B2", "B3")
        self.move(order, "A1", "A2", "A3")
        self.act("cancel", order, "A1")
        self.act("cancel", order)

        moved = [("B1", "4.25"), ("B2", "4.25"), ("B3", "4.25")]
        body = self.assert_bookings(
            order,
            [("A2", "cancelled", "10.00"), ("A3", "cancelled", "10.00")],
            [(seat, "cancelled", refund) for seat, refund in [*moved, ("A1", "10.00")]],
        )

        refunds = [Decimal(each["refund"]) for name in LISTS for each in body[name]]
        self.assertEqual(sum(refunds), Decimal("42.75"))  # all that was paid

    def test_order_of_a_cancelled_show_has_the_seats_that_it_lost(self):
        order = self.book("B1", "B2")
        self.move(order, "A1", "A2")
        services.cancel_show(show=self.show, by=make_staff())

        self.assert_bookings(
            order,
            [("A1", "cancelled", "10.00"), ("A2", "cancelled", "10.00")],
            [("B1", "cancelled", "4.25"), ("B2", "cancelled", "4.25")],
        )

    def test_former_bookings_name_the_show_that_they_were_of(self):
        order = self.book("A1")
        self.move(order, "A1", show=self.later)

        body = self.assert_bookings(order, [("A1", "booked", None)], [("A1", "cancelled", "0.00")])

        self.assertEqual([body[name][0]["show"] for name in LISTS], [self.later.pk, self.show.pk])

    def test_answers_of_writes_have_both_lists(self):
        order = self.hold("A1", "A2")
        with at(timezone.now() + timedelta(seconds=1)):
            answers = [
                self.move(order, "A3", "A4", "A5"),
                self.act("extend", order),
                self.act("cancel", order, "A5"),
                self.act("confirm", order),
                self.move(order, "A6", "A7"),
            ]
        self.assertEqual(
            [[len(answer.json()[name]) for name in LISTS] for answer in answers],
            [[3, 2], [3, 2], [2, 3], [2, 3], [2, 5]],
        )


class QueryTests(MoveTestCase):
    def test_former_bookings_cost_no_query(self):
        order = self.book("A1", "A2")
        for moves in (0, 3):
            for nth in range(moves):
                show = (self.later, self.show)[nth % 2]
                self.assertEqual(self.move(order, "B1", "B2", show=show).status_code, 200)
            client = self.client_of(self.alice)
            # user; order, bookings and shows
            with (
                self.subTest(moves=moves),
                warm_caches(self.show, self.later),
                self.assertNumQueries(5),
            ):
                client.get(f"/api/orders/{order.code}/")
