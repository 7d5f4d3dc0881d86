"""The event of each change of an order: recorded once, with what the change was."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import services
from bookings.errors import SeatTaken
from bookings.housekeeping import end_lapsed_holds
from bookings.models import Order
from bookings.seat_request import SeatRequest
from bookings.tests.cases import MoveTestCase
from outbox.models import Event
from testing.builders.accounts import make_staff
from testing.builders.bookings import make_order
from testing.clock import end_hold

PERSONAL = ("alice", "bob", "customer_id", "email", "name", "reason text")


class OrderEventTests(MoveTestCase):
    def events(self, order=None):
        """Return the events of the order, or of all orders, the oldest first."""
        found = Event.objects.filter(subject__startswith="order:")
        if order is not None:
            found = found.filter(subject=f"order:{order.code}")
        return list(found.order_by("subject", "sequence"))

    def assert_event(self, order, type, **body):
        """Assert the last event of the order, with all of its body; return it."""
        event = self.events(order)[-1]
        order = Order.objects.get(pk=order.pk)
        body = {"code": order.code, "status": order.status, "currency": order.currency} | body
        self.assertEqual((event.type, event.body), (type, body))
        self.assertEqual(event.sequence, len(self.events(order)))
        for word in PERSONAL:
            self.assertNotIn(word, str(event.body).replace("customer'", ""))
        return event

    def test_a_hold(self):
        order = self.hold("A1", "A2")
        ends = order.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.assert_event(
            order,
            "order.held",
            show=self.show.pk,
            seats=["A1", "A2"],
            total="20.00",
            expires_at=ends,
        )

    def test_a_booking(self):
        order = self.book("A1")
        self.assert_event(order, "order.booked", show=self.show.pk, seats=["A1"], total="10.00")

    def test_a_confirmed_hold(self):
        order = self.hold("A1")
        self.act("confirm", order)
        self.act("confirm", order)  # changes nothing
        self.assertEqual([each.type for each in self.events(order)], ["order.held", "order.booked"])
        self.assert_event(
            order, "order.booked", show=self.show.pk, seats=["A1"], total="10.00", was_held=True
        )

    def test_an_extended_hold_is_no_event(self):
        order = self.hold("A1")
        self.act("extend", order)
        self.assertEqual(len(self.events()), 1)

    def test_some_seats_and_then_the_rest_are_cancelled(self):
        order = self.book("A1", "A2")
        self.act("cancel", order, "A1", reason="reason text")
        seat = {"seat": "A1", "price": "10.00", "refund": "10.00"}
        self.assert_event(
            order,
            "order.cancelled",
            show=self.show.pk,
            seats=["A2"],
            total="10.00",
            cancelled=[seat],
            refund="10.00",
            cause="customer",
        )
        services.cancel_order(order=order, by=make_staff(), reason="reason text")
        event = self.assert_event(
            order,
            "order.cancelled",
            show=self.show.pk,
            seats=[],
            total="0.00",
            cancelled=[seat | {"seat": "A2"}],
            refund="10.00",
            cause="staff",
        )
        self.assertEqual(event.body["status"], "cancelled")

    def test_a_move_to_another_show(self):
        order = self.book("A1")
        self.move(order, "B1", show=self.later)
        self.assert_event(
            order,
            "order.moved",
            show=self.later.pk,
            seats=["B1"],
            total="14.25",
            difference="4.25",
            refund="0.00",
            cause="customer",
            before={
                "show": self.show.pk,
                "seats": [{"seat": "A1", "price": "10.00", "refund": "0.00"}],
            },
        )

    def test_a_lapsed_hold_is_expired_by_the_sale_of_its_seats(self):
        held = self.hold("A1", "A2", user=self.bob)
        end_hold(held)
        booked = self.book("A1")
        self.assertEqual(len(self.events()), 3)
        self.assert_event(
            held,
            "order.expired",
            show=self.show.pk,
            seats=[],
            total="20.00",
            held=["A1", "A2"],
            cause="clock",
        )
        self.assertEqual(self.events(booked)[0].type, "order.booked")

    def test_tidy_expires_many_holds_with_one_event_each(self):
        holds = [self.hold(f"A{number}", user=self.bob) for number in (1, 3, 5)]
        for hold in holds:
            end_hold(hold)
        self.assertEqual(end_lapsed_holds(), 3)
        self.assertEqual(end_lapsed_holds(), 0)
        for hold in holds:
            self.assertEqual([each.sequence for each in self.events(hold)], [1, 2])
            self.assertEqual(self.events(hold)[-1].type, "order.expired")

    def test_a_cancelled_show_cancels_orders_and_expires_lapsed_holds(self):
        booked, held = self.book("A1"), self.hold("A3")
        lapsed = self.hold("A5", user=self.bob)
        end_hold(lapsed)
        services.cancel_show(show=self.show, by=make_staff(), reason="reason text")
        self.assert_event(
            booked,
            "order.cancelled",
            show=self.show.pk,
            seats=[],
            total="0.00",
            cancelled=[{"seat": "A1", "price": "10.00", "refund": "10.00"}],
            refund="10.00",
            cause="show_cancelled",
        )
        self.assertEqual(self.events(held)[-1].body["refund"], "0.00")
        self.assertEqual(self.events(lapsed)[-1].type, "order.expired")
        show_event = Event.objects.get(type="show.cancelled")
        self.assertEqual(show_event.body["status"], "cancelled")
        self.assertNotIn("reason text", str(show_event.body))

    def test_a_large_cancellation_records_its_events_with_one_statement(self):
        statements = []
        for count in (2, 8):
            show = self.make_show()
            for number in range(1, count + 1):
                make_order(user=self.alice, show=show, seats=[f"A{number}"], price=10)
            with CaptureQueriesContext(connection) as queries:
                services.cancel_show(show=show, by=self.bob)
            statements.append(len(queries))
        self.assertEqual(*statements)

    def test_what_is_refused_is_no_event(self):
        self.book("A1")
        request = SeatRequest(("A1",))
        with self.assertRaises(SeatTaken):
            services.book_seats(customer=self.bob, show_id=self.show.pk, request=request)
        self.assertEqual(len(self.events()), 1)
