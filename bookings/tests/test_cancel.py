"""Cancelling a single booking."""

from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_booking, make_order
from testing.builders.movies import make_show
from testing.cases import APIAssertions
from testing.clock import past
from testing.warm import warm_caches


class CancelTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(price=Decimal("9.50"))
        cls.booking = make_booking(
            user=cls.alice, show=cls.show, seat_number="7", price=Decimal("9.50")
        )

    def cancel(self, *, user=None, number=None):
        return self.client_of(user or self.alice).post(
            f"/api/bookings/{number or self.booking.number}/cancel/"
        )

    def test_cancelled_booking_records_time_and_user(self):
        before = timezone.now()
        response = self.cancel()

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["status"], "cancelled")
        self.assertEqual(response.json()["id"], self.booking.number)
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "cancelled")
        self.assertEqual(self.booking.cancelled_by, self.alice)
        self.assertGreaterEqual(self.booking.cancelled_at, before)

    def test_order_is_cancelled_with_its_last_booking(self):
        order = make_order(user=self.alice, show=self.show, seats=["8", "9"], price=4)
        first, second = order.bookings.order_by("id")

        self.cancel(number=first.number)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", Decimal(4)))

        self.cancel(number=second.number)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("cancelled", Decimal(0)))

    def test_cancelled_seat_can_be_booked_again_at_once(self):
        self.cancel()
        response = self.client_of(self.bob).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "7"}
        )
        self.assertEqual(response.status_code, 201)

    def test_second_cancellation_is_refused(self):
        self.cancel()
        self.assert_problem(self.cancel(), 400, "already_cancelled")

    def test_booking_of_a_started_show_cannot_be_cancelled(self):
        self.show.starts_at = past()
        self.show.save()
        self.assert_problem(self.cancel(), 400, "cancel_too_late")
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_not_even_staff_can_cancel_for_another_customer(self):
        for user in [self.bob, make_staff()]:
            self.assert_problem(self.cancel(user=user), 403, "permission_denied")
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_unknown_booking_is_not_found(self):
        for number in [self.booking.pk + 1000, self.booking.number + 1, 2**52, 10**20]:
            self.assert_problem(self.cancel(number=number), 404, "not_found")

    def test_blocked_seat_is_not_found_as_a_booking(self):
        blocked = block_seat(show=self.show, seat_number="1", by=self.bob)
        self.assert_problem(self.cancel(number=blocked.number), 404, "not_found")

    def test_cancelling_needs_a_login(self):
        response = self.client.post(f"/api/bookings/{self.booking.number}/cancel/")
        self.assert_problem(response, 401, "not_authenticated")

    def test_cancellation_costs_twelve_queries(self):
        client = self.client_of(self.alice)
        # user, booking; savepoint, show locked, order, bookings, refund rule, their update, order,
        # event, savepoint
        with warm_caches(self.show), self.assertNumQueries(12):
            client.post(f"/api/bookings/{self.booking.number}/cancel/")
