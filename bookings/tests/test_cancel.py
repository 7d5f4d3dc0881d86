from datetime import timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_booking, make_order
from testing.builders.movies import make_show
from testing.warm import known


class CancelTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(price=Decimal("9.50"))
        cls.booking = make_booking(
            user=cls.alice, show=cls.show, seat_number="7", price=Decimal("9.50")
        )

    def cancel(self, *, user=None, pk=None):
        return client_of(user or self.alice).post(f"/api/bookings/{pk or self.booking.pk}/cancel/")

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def test_a_cancelled_booking_says_when_and_who(self):
        before = timezone.now()
        response = self.cancel()

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["status"], "cancelled")
        self.assertEqual(response.json()["id"], self.booking.pk)
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "cancelled")
        self.assertEqual(self.booking.cancelled_by, self.alice)
        self.assertGreaterEqual(self.booking.cancelled_at, before)

    def test_the_order_ends_with_its_last_booking(self):
        order = make_order(user=self.alice, show=self.show, seats=["8", "9"], price=4)
        first, second = order.bookings.order_by("id")

        self.cancel(pk=first.pk)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("booked", Decimal(4)))

        self.cancel(pk=second.pk)
        order.refresh_from_db()
        self.assertEqual((order.status, order.total), ("cancelled", Decimal(0)))

    def test_a_cancelled_seat_can_be_booked_again_at_once(self):
        self.cancel()
        response = client_of(self.bob).post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": "7"}
        )
        self.assertEqual(response.status_code, 201)

    def test_a_second_cancel_is_refused(self):
        self.cancel()
        self.assert_refused(self.cancel(), 400, "already_cancelled")

    def test_it_is_too_late_once_the_show_has_started(self):
        self.show.starts_at = timezone.now() - timedelta(seconds=1)
        self.show.save()
        self.assert_refused(self.cancel(), 400, "cancel_too_late")
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_nobody_cancels_for_another_not_even_staff(self):
        for user in [self.bob, make_staff()]:
            self.assert_refused(self.cancel(user=user), 403, "permission_denied")
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_an_unknown_booking_is_not_found(self):
        for pk in [self.booking.pk + 1000, 10**20]:
            self.assert_refused(self.cancel(pk=pk), 404, "not_found")

    def test_a_blocked_seat_is_no_booking_of_anybody(self):
        blocked = block_seat(show=self.show, seat_number="1", by=self.bob)
        self.assert_refused(self.cancel(pk=blocked.pk), 404, "not_found")

    def test_only_who_is_logged_in_cancels(self):
        response = self.client.post(f"/api/bookings/{self.booking.pk}/cancel/")
        self.assert_refused(response, 401, "not_authenticated")

    def test_a_cancellation_costs_ten_queries(self):
        client = client_of(self.alice)
        # user, booking; savepoint, show locked, order, bookings, refund rule, their update, order,
        # savepoint
        with known(self.show), self.assertNumQueries(10):
            client.post(f"/api/bookings/{self.booking.pk}/cancel/")
