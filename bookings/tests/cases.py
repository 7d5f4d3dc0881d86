"""Test cases that several files of tests share."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from bookings.models import Booking, Order
from core.models import IdempotencyRecord
from core.money import shown
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import book_order, hold_order, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.clock import past
from testing.prices import STANDARD_AND_COUPLE, adult_and_child
from testing.sales import CustomerRequests, SaleTestCase

ORDERS, BOOKINGS = "/admin/bookings/order/", "/admin/bookings/booking/"
BY_RULE, IN_FULL = "cancel_by_rule", "cancel_in_full"  # actions of the admin
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"  # of idempotent requests


class OrderTestCase(CustomerRequests, TestCase):
    """Orders that the services made, of `self.alice` and of `self.show` unless told otherwise."""

    def book(self, *seats, user=None, show=None, ticket_types=()):
        """Return a booked order."""
        return book_order(
            user=user or self.alice, show=show or self.show, seats=seats, ticket_types=ticket_types
        )

    def hold(self, *seats, user=None, show=None, ticket_types=()):
        """Return a held order."""
        return hold_order(
            user=user or self.alice, show=show or self.show, seats=seats, ticket_types=ticket_types
        )


class CancelTestCase(OrderTestCase):
    """A show in three days; refund 100% until 24 hours before the start, 50% until 2 hours."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.cinema = make_cinema(refund_tiers={24: 100, 2: 50})
        cls.show = make_show(
            screen=make_screen(cinema=cls.cinema),
            seating_plan=make_seating_plan("A  ssssssss\nB  cccc\n"),
            price_list=make_price_list(STANDARD_AND_COUPLE),
            starts_at=timezone.now() + timedelta(days=3),
        )

    def cancel(self, order, *seats, **fields):
        return self.act("cancel", order, *seats, **fields)

    def cancel_booking(self, booking, *, user=None):
        return self.client_of(user or self.alice).post(f"/api/bookings/{booking.number}/cancel/")

    def refunds(self, order):
        """Return {seat number: refund} from the rows."""
        refunds = order.bookings.order_by("id").values_list("seat_number", "refund")
        return {
            seat: None if refund is None else shown(refund, order.currency)
            for seat, refund in refunds
        }


class MoveTestCase(OrderTestCase):
    """Two shows of a movie, in three and in ten days, with standard row A and premium row B.

    The refund is 100% of the difference until 24 hours before the start, 50% until 2 hours.
    """

    prices = adult_and_child(Standard=("10.00", "7.50"), Premium=("14.25", "9.05"))

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.movie = make_movie()
        cls.cinema = make_cinema(refund_tiers={24: 100, 2: 50})
        cls.plan = make_seating_plan("A  ssssssssss\nB  pppppppppp\n")
        cls.price_list = make_price_list(cls.prices)
        cls.show = cls.make_show(days=3)
        cls.later = cls.make_show(days=10)

    @classmethod
    def make_show(cls, *, days=5, **fields):
        fields = {
            "movie": cls.movie,
            "seating_plan": cls.plan,
            "price_list": cls.price_list,
        } | fields
        if "screen" not in fields:
            fields["screen"] = make_screen(cinema=cls.cinema)
        return make_show(starts_at=timezone.now() + timedelta(days=days), **fields)

    def move(self, order, *seats, show=None, **fields):
        if show is not None:
            fields["show"] = show.pk
        return self.act("move", order, *seats, **fields)

    def assert_moved(self, response, total, difference, refund):
        """Assert the bill of a move, and that the answer agrees with the rows; return the body."""
        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["total"], body["difference"], body["refund"]), (total, difference, refund)
        )
        order = Order.objects.get(code=body["code"])
        self.assertEqual((shown(order.total, order.currency), order.show_id), (total, body["show"]))
        active = [each for each in order.bookings.all() if each.status in ("held", "booked")]
        self.assertEqual(sum(booking.price for booking in active), order.total)
        self.assertEqual(
            {(booking.status, booking.show_id) for booking in active},
            {(order.status, order.show_id)},
        )
        answer = self.client_of(order.customer).get(f"/api/orders/{order.code}/").json()
        only_moved = {"choice", "warnings", "difference", "refund"}
        self.assertEqual(body.keys() - only_moved, answer.keys())
        for key in answer.keys() - {"expires_in"}:  # which may be a second less
            self.assertEqual(body[key], answer[key], key)
        return body

    def booking_rows(self, order):
        """Return (seat number, status, refund) of each booking, the oldest first."""
        rows = order.bookings.order_by("id").values_list("seat_number", "status", "refund")
        return [
            (seat, status, refund and shown(refund, order.currency))
            for seat, status, refund in rows
        ]

    def active_seats(self, **fields):
        """Return the seat numbers of active bookings, sorted."""
        active = Booking.objects.active().filter(**fields)
        return sorted(active.values_list("seat_number", flat=True))


class HoldTestCase(SaleTestCase):
    """Holds of `self.alice` in the show of SaleTestCase."""

    def client_of(self, user):
        client = super().client_of(user)
        client.raise_request_exception = False  # an assertion about the status reports a 500
        return client

    def hold(self, *seat_numbers, **fields):
        return self.ask("hold", *seat_numbers, **fields)

    def assert_held(self, response):
        """Assert that an order was held; return the body."""
        self.assertEqual(response.status_code, 201, response.content)
        body = response.json()
        self.assertEqual(body["status"], "held")
        return body


class KeyedRequests(APIAssertions):
    """Mixin for test cases: requests with an Idempotency-Key, by default always with KEY."""

    def post(self, path, body=None, *, key=KEY, user=None, client=None):
        client = client or self.client_of(user or self.alice)
        return client.post(path, body, headers={"Idempotency-Key": key})

    def book(self, seat_number="7", **kwargs):
        return self.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number}, **kwargs)

    def assert_replayed(self, first, again):
        """Assert that the second response repeats the first one and says so."""
        self.assertEqual(again.status_code, first.status_code)
        self.assertEqual(again.content, first.content)
        own = ("Idempotency-Replayed", "X-Request-ID")
        recorded, replayed = (
            {name: value for name, value in response.items() if name not in own}
            for response in (first, again)
        )
        self.assertEqual(replayed, recorded)
        self.assertNotIn("Idempotency-Replayed", first)
        self.assertEqual(again["Idempotency-Replayed"], "true")

    def assert_nothing_is_left(self):
        """Assert that there is no row of a sale, and that the key is unused."""
        self.assertFalse(Booking.objects.exists())
        self.assertFalse(Order.objects.exists())
        self.assertFalse(IdempotencyRecord.objects.exists())


class AdminTestCase(TestCase):
    """Staff in the admin, a show of a cinema that refunds half of the price, a started show."""

    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.cinema = make_cinema(time_zone="Asia/Tokyo", currency="JPY", refund_tiers={2: 50})
        cls.show = make_show(screen=make_screen(cinema=cls.cinema))
        cls.late_show = make_show(starts_at=past(hours=1))

    def setUp(self):
        self.client.force_login(self.staff)

    def make_order(self, **fields):
        fields.setdefault("show", self.show)
        return make_order(user=self.alice, price=Decimal(10), **fields)

    def post(self, url, action, *rows, **fields):
        """Run the action on the selected rows; return the page that follows."""
        data = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
        return self.client.post(url, data, follow=True)

    def messages_of(self, page):
        return [str(message) for message in page.context["messages"]]
