"""Moving an order to other seats of its show, and moving a hold."""

from datetime import timedelta
from decimal import Decimal

from django.test import override_settings
from django.utils import timezone

from bookings import services
from bookings.models import Booking, Order
from bookings.tests.cases import MoveTestCase
from movies.models import Show
from testing.builders.accounts import make_user
from testing.builders.bookings import make_order
from testing.clock import before, end_hold
from testing.rows import all_rows
from testing.warm import warm_caches


class WithinTheShowTests(MoveTestCase):
    def test_move_frees_the_old_seats_and_takes_the_new_ones(self):
        order = self.book("A1", "A2")
        since = timezone.now()

        body = self.assert_moved(self.move(order, "A5", " a06 "), "20.00", "0.00", "0.00")

        self.assertEqual(
            (body["code"], body["show"], body["status"]), (order.code, self.show.pk, "booked")
        )
        self.assertEqual((body["choice"], body["warnings"]), (None, []))
        self.assertEqual(
            [(booking["seat_number"], booking["status"]) for booking in body["bookings"]],
            [("A5", "booked"), ("A6", "booked")],
        )
        self.assertEqual(
            [(booking["seat_number"], booking["status"]) for booking in body["former_bookings"]],
            [("A1", "cancelled"), ("A2", "cancelled")],
        )
        self.assertEqual(self.active_seats(order=order), ["A5", "A6"])
        for old in order.bookings.filter(status="cancelled"):
            self.assertEqual((old.cancelled_by, old.refund), (self.alice, 0))
            self.assertTrue(old.cancel_reason.startswith("Moved to Alien"), old.cancel_reason)
            self.assertLessEqual(since, old.cancelled_at)
        self.assertEqual(self.book("A1", "A2", user=self.bob).status, "booked")

    def test_new_seats_may_overlap_the_old_ones(self):
        order = self.book("A1", "A2", "A3")

        self.assert_moved(self.move(order, "A2", "A3", "A4"), "30.00", "0.00", "0.00")

        self.assertEqual(self.active_seats(), ["A2", "A3", "A4"])

    def test_old_bookings_end_when_the_new_ones_begin(self):
        """At no moment does the customer have both, or a seat two bookings."""
        order = self.book("A1", "A2", "A3")

        self.move(order, "A2", "A3", "A4")

        ended = order.bookings.filter(status="cancelled").values_list("cancelled_at", flat=True)
        begun = order.bookings.filter(status="booked").values_list("created_at", flat=True)
        self.assertEqual(set(ended), set(begun))
        self.assertEqual(len(set(ended)), 1)

    def test_ticket_types_can_change_without_the_seats(self):
        order = self.book("A1", "A2")

        response = self.move(order, "A1", "A2", ticket_types=["Adult", "Child"])

        body = self.assert_moved(response, "17.50", "-2.50", "2.50")
        self.assertEqual(
            [booking["ticket_type"] for booking in body["bookings"]], ["Adult", "Child"]
        )
        self.assertEqual(sum(b.refund or 0 for b in Booking.objects.all()), Decimal("2.50"))

    def test_ticket_types_stay_unless_others_are_sent(self):
        order = self.book("A1", "A2", ticket_types=("Child", "Adult"))

        body = self.assert_moved(self.move(order, "B1", "B2"), "23.30", "5.80", "0.00")
        self.assertEqual(
            [booking["ticket_type"] for booking in body["bookings"]], ["Child", "Adult"]
        )

        seats = [
            {"seat_number": "B1", "ticket_type": "adult"},
            {"seat_number": "B2", "ticket_type": "Adult"},
        ]
        body = self.assert_moved(self.move(order, seats=seats), "28.50", "5.20", "0.00")
        self.assertEqual(
            [booking["ticket_type"] for booking in body["bookings"]], ["Adult", "Adult"]
        )

    def test_order_can_move_to_the_best_seats(self):
        order = self.book("A1", "A2")

        body = self.assert_moved(
            self.move(order, best=2, category="PREMIUM"), "28.50", "8.50", "0.00"
        )

        self.assertEqual(body["choice"], {"outcome": "side_by_side", "groups": [["B5", "B6"]]})
        self.assertEqual(self.active_seats(), ["B5", "B6"])

    def test_own_seats_count_as_free_for_the_best(self):
        order = self.book("B5", "B6")

        body = self.move(order, best=2, category="Premium").json()

        self.assertEqual(body["choice"]["groups"], [["B5", "B6"]])

    def test_dearer_seats_cost_the_difference(self):
        order = self.book("A1")

        self.assert_moved(self.move(order, "B1"), "14.25", "4.25", "0.00")

        self.assertEqual(
            self.booking_rows(order), [("A1", "cancelled", Decimal(0)), ("B1", "booked", None)]
        )

    def test_difference_to_cheaper_seats_comes_back_by_the_rule(self):
        for hours, refund in ((30, "8.50"), (24, "8.50"), (23, "4.25"), (1, "0.00")):
            order = self.book("B1", "B2")
            with self.subTest(hours=hours):
                with before(self.show, hours=hours):
                    response = self.move(order, "A1", "A2")
                self.assert_moved(response, "20.00", "-8.50", refund)
                recorded = order.bookings.filter(seat_number__in=["B1", "B2"])
                self.assertEqual(sum(b.refund for b in recorded), Decimal(refund))
            services.cancel_order(order=order, by=self.alice)

    def test_recorded_refunds_add_up_to_the_cent(self):
        order = self.book("B1", "B2", "B3", ticket_types=("Child", "Adult", "Child"))

        with before(self.show, hours=5):
            body = self.assert_moved(self.move(order, "A1", "A2", "A3"), "25.00", "-7.35", "3.68")

        refunds = [Decimal(booking["refund"]) for booking in body["former_bookings"]]
        self.assertEqual((len(refunds), sum(refunds)), (3, Decimal("3.68")))

    def test_seats_cancelled_before_stay_as_they_are(self):
        order = self.book("A1", "A2")
        services.cancel_order(order=order, by=self.alice, seat_numbers=["A1"], reason="ill")
        former = Booking.objects.filter(seat_number="A1").values().get()

        self.assert_moved(self.move(order, "B1"), "14.25", "4.25", "0.00")

        self.assertEqual(Booking.objects.filter(seat_number="A1").values().get(), former)
        self.assert_problem(self.move(order, "A5", "A6"), 400, "invalid")

    def test_order_can_move_to_a_seat_of_a_lapsed_hold(self):
        order, hold = self.book("A1"), self.hold("A2", "A3", user=self.bob)
        end_hold(hold)

        self.assert_moved(self.move(order, "A2"), "10.00", "0.00", "0.00")

        hold.refresh_from_db()
        self.assertEqual(hold.status, "expired")
        self.assertEqual({s for _, s, _ in self.booking_rows(hold)}, {"expired"})

    def test_moving_there_and_back_costs_nothing(self):
        order = self.book("A1", "A2")

        self.assert_moved(self.move(order, "B1", "B2"), "28.50", "8.50", "0.00")
        self.assert_moved(self.move(order, "A1", "A2"), "20.00", "-8.50", "8.50")
        self.assert_moved(self.move(order, "B1", "B2"), "28.50", "8.50", "0.00")

        self.assertEqual(self.active_seats(), ["B1", "B2"])
        self.assertEqual(order.bookings.count(), 8)


class HeldTests(MoveTestCase):
    def test_moved_hold_keeps_its_time_and_brings_nothing_back(self):
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

    def test_moved_hold_is_confirmed_at_its_new_price(self):
        order = self.hold("A1")
        self.move(order, "B1", show=self.later)

        body = self.act("confirm", order, payment_reference="pi_1").json()

        self.assertEqual(
            (body["status"], body["total"], body["show"]), ("booked", "14.25", self.later.pk)
        )
        cancelled = self.act("cancel", order).json()
        self.assertEqual([booking["refund"] for booking in cancelled["bookings"]], ["14.25"])
        self.assertEqual(
            [(each["refund"], each["show"]) for each in cancelled["former_bookings"]],
            [("0.00", self.show.pk)],
        )

    def test_moved_hold_ends_with_the_sales_of_the_new_show(self):
        order = self.hold("A1")
        closes = timezone.now() + timedelta(minutes=2)
        Show.objects.filter(pk=self.later.pk).update(sales_close_at=closes)

        self.assertEqual(self.move(order, "A1", show=self.later).status_code, 200)

        moved = Order.objects.get()
        self.assertEqual((moved.expires_at, moved.extendable_until), (closes, closes))

    def test_lapsed_hold_cannot_move(self):
        order = self.hold("A1")
        end_hold(order)
        rows = all_rows()

        self.assert_problem(self.move(order, "A2"), 409, "hold_expired")
        self.assert_problem(self.move(order, "A1", show=self.later), 409, "hold_expired")
        self.assertEqual(all_rows(), rows)

    @override_settings(HOLD_SECONDS=600, HOLD_MAX_SECONDS=1200)
    def test_moving_there_and_back_does_not_lengthen_a_hold(self):
        order = self.hold("A1")
        end = Order.objects.get().extendable_until
        for seat in ("A2", "A1", "A3", "A1"):
            self.assertEqual(self.move(order, seat).status_code, 200)
        for show in (self.later, self.show):
            self.assertEqual(self.move(order, "A1", show=show).status_code, 200)
        self.assertLessEqual(Order.objects.get().extendable_until, end)


class QueryTests(MoveTestCase):
    def test_move_costs_the_same_queries_however_many_seats_there_are(self):
        for row, seats, others in (("A", 1, 1), ("B", 5, 4)):
            for number in range(others):
                user = make_user(f"{row}{number}")
                make_order(
                    user=user,
                    show=self.later,
                    seats=[f"B{number + 1}" if row == "A" else f"A{number + 2}"],
                )
            order = self.book(*(f"{row}{number}" for number in range(1, seats + 1)))
            target = [f"{row}{number}" for number in range(6, 6 + seats)]
            body, client = (
                {"seat_numbers": target, "show": self.later.pk},
                self.client_of(self.alice),
            )
            # user, show, order; savepoint, both shows locked, order, bookings, show,
            # taken, prices, refund rule, old bookings, order, new bookings, event,
            # savepoint
            with warm_caches(self.show, self.later), self.assertNumQueries(18):
                response = client.post(f"/api/orders/{order.code}/move/", body)
            self.assertEqual(response.status_code, 200, response.content)
