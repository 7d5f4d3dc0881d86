"""A hold is kept for longer, up to a cap."""

from datetime import timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookings.models import Order
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.warm import known


class ExtendTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show()
        cls.now = timezone.now()

    def make_hold(self, *, left, most, show=None, **fields):
        """A hold with so many seconds left, which can be extended to so many from now."""
        return make_order(
            user=self.alice,
            show=show or self.show,
            seats=["1", "2"],
            status="held",
            expires_at=self.now + timedelta(seconds=left),
            extendable_until=self.now + timedelta(seconds=most),
            **fields,
        )

    def extend(self, code, *, user=None, at=None):
        client = client_of(user or self.alice)
        with mock.patch("django.utils.timezone.now", return_value=at or self.now):
            return client.post(f"/api/orders/{code}/extend/")

    def assert_ends(self, response, order, seconds):
        self.assertEqual(response.status_code, 200, response.content)
        end = self.now + timedelta(seconds=seconds)
        order.refresh_from_db()
        ends = {line.expires_at for line in order.bookings.all()}
        answered = parse_datetime(response.json()["expires_at"])
        self.assertEqual((answered, order.expires_at, ends), (end, end, {end}))

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def test_it_is_held_for_ten_minutes_from_now(self):
        order = self.make_hold(left=100, most=1000)
        response = self.extend(order.code)
        self.assert_ends(response, order, 600)
        self.assertEqual(response.json()["status"], "held")
        self.assertEqual([line["status"] for line in response.json()["bookings"]], ["held"] * 2)

    def test_never_beyond_the_cap_however_often(self):
        order = self.make_hold(left=100, most=450)
        for _ in range(3):
            self.assert_ends(self.extend(order.code), order, 450)
        self.assertEqual(order.extendable_until, self.now + timedelta(seconds=450))

    def test_at_the_cap_it_ends(self):
        order = self.make_hold(left=450, most=450)
        self.assert_refused(
            self.extend(order.code, at=self.now + timedelta(seconds=450)), 409, "hold_expired"
        )

    def test_it_never_becomes_shorter(self):
        order = self.make_hold(left=500, most=1000)
        with self.settings(HOLD_SECONDS=60):
            self.assert_ends(self.extend(order.code), order, 500)

    def test_what_an_extended_hold_kept_is_kept_when_the_first_end_passes(self):
        order = self.make_hold(left=5, most=1000)
        self.extend(order.code)
        with mock.patch("django.utils.timezone.now", return_value=self.now + timedelta(seconds=10)):
            taken = client_of(self.bob).post(f"/api/shows/{self.show.pk}/hold/", {"best": 2})
            seats = {line["seat_number"] for line in taken.json()["bookings"]}
            self.assertTrue(seats.isdisjoint({"1", "2"}))
            response = client_of(self.alice).post(f"/api/orders/{order.code}/confirm/")
        self.assertEqual((response.status_code, response.json()["status"]), (200, "booked"))

    def test_seats_given_back_are_not_held_again(self):
        order = self.make_hold(left=100, most=1000)
        client_of(self.alice).post(f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["2"]})
        body = self.extend(order.code).json()
        self.assertEqual(
            [(line["seat_number"], line["status"]) for line in body["bookings"]],
            [("1", "held"), ("2", "cancelled")],
        )
        self.assertEqual(
            order.bookings.get(seat_number="2").expires_at, self.now + timedelta(seconds=100)
        )

    def test_not_beyond_the_end_of_sales_that_staff_have_moved_forward(self):
        for field in ("sales_close_at", "starts_at"):
            with self.subTest(field=field):
                show = make_show()
                order = self.make_hold(left=100, most=1000, show=show)
                setattr(show, field, self.now + timedelta(seconds=300))
                show.save()
                self.assert_ends(self.extend(order.code), order, 300)

    def test_what_is_booked_is_not_held(self):
        order = make_order(user=self.alice, show=self.show)
        self.assert_refused(self.extend(order.code), 400, "not_held")
        order.refresh_from_db()
        self.assertIsNone(order.expires_at)

    def test_what_is_over_stays_over(self):
        for order, status, code in [
            (self.make_hold(left=0, most=1000), 409, "hold_expired"),
            (make_order(user=self.alice, show=self.show, status="expired"), 409, "hold_expired"),
            (
                make_order(user=self.alice, show=self.show, status="cancelled"),
                400,
                "already_cancelled",
            ),
            (
                self.make_hold(
                    left=100, most=1000, show=make_show(starts_at=self.now - timedelta(seconds=1))
                ),
                400,
                "show_started",
            ),
            (
                self.make_hold(left=100, most=1000, show=make_show(cancelled_at=self.now)),
                409,
                "show_cancelled",
            ),
        ]:
            with self.subTest(code=code, status=order.status):
                before = Order.objects.filter(pk=order.pk).values().get()
                self.assert_refused(self.extend(order.code), status, code)
                self.assertEqual(Order.objects.filter(pk=order.pk).values().get(), before)

    def test_only_the_owner_extends(self):
        order = self.make_hold(left=100, most=1000)
        for user in (self.bob, make_staff()):
            self.assert_refused(self.extend(order.code, user=user), 403, "permission_denied")
        response = self.client.post(f"/api/orders/{order.code}/extend/")
        self.assert_refused(response, 401, "not_authenticated")
        self.assert_refused(self.extend("2222222222"), 404, "not_found")
        order.refresh_from_db()
        self.assertEqual(order.expires_at, self.now + timedelta(seconds=100))

    def test_the_code_may_be_sent_in_small_letters(self):
        order = self.make_hold(left=100, most=1000)
        self.assert_ends(self.extend(order.code.lower()), order, 600)

    def test_an_extension_costs_nine_queries_however_many_seats(self):
        for seats in (["1"], [str(nth) for nth in range(2, 12)]):
            order = make_order(user=self.alice, show=self.show, seats=seats, status="held")
            client = client_of(self.alice)
            # user, order; savepoint, show locked, order, bookings, their update twice, savepoint
            with known(self.show), self.assertNumQueries(9):
                response = client.post(f"/api/orders/{order.code}/extend/")
            self.assertEqual(response.status_code, 200)
