"""Extending a hold, up to its latest end."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bookings.models import Order
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.clock import at
from testing.sales import CustomerRequests
from testing.warm import warm_caches


class ExtendTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show()
        cls.now = timezone.now()

    def make_hold(self, *, left, latest, show=None, **fields):
        """Return a hold that ends in `left` seconds and can be extended to `latest` seconds."""
        return make_order(
            user=self.alice,
            show=show or self.show,
            seats=["1", "2"],
            status="held",
            expires_at=self.now + timedelta(seconds=left),
            extendable_until=self.now + timedelta(seconds=latest),
            **fields,
        )

    def extend(self, code, *, user=None, moment=None):
        self.client_of(user or self.alice)  # gets its token before the clock is changed
        with at(moment or self.now):
            return self.act("extend", code, user=user)

    def assert_ends(self, response, order, seconds):
        self.assertEqual(response.status_code, 200, response.content)
        end = self.now + timedelta(seconds=seconds)
        order.refresh_from_db()
        ends = {booking.expires_at for booking in order.bookings.all()}
        answered = parse_datetime(response.json()["expires_at"])
        self.assertEqual((answered, order.expires_at, ends), (end, end, {end}))

    def test_extended_hold_lasts_ten_minutes_from_now(self):
        order = self.make_hold(left=100, latest=1000)
        response = self.extend(order.code)
        self.assert_ends(response, order, 600)
        self.assertEqual(response.json()["status"], "held")
        self.assertEqual(
            [booking["status"] for booking in response.json()["bookings"]], ["held"] * 2
        )

    def test_repeated_extensions_do_not_pass_the_latest_end(self):
        order = self.make_hold(left=100, latest=450)
        for _ in range(3):
            self.assert_ends(self.extend(order.code), order, 450)
        self.assertEqual(order.extendable_until, self.now + timedelta(seconds=450))

    def test_hold_expires_at_its_latest_end(self):
        order = self.make_hold(left=450, latest=450)
        self.assert_problem(
            self.extend(order.code, moment=self.now + timedelta(seconds=450)), 409, "hold_expired"
        )

    def test_extension_never_shortens_a_hold(self):
        order = self.make_hold(left=500, latest=1000)
        with self.settings(HOLD_SECONDS=60):
            self.assert_ends(self.extend(order.code), order, 500)

    def test_extended_hold_keeps_its_seats_after_the_first_end(self):
        order = self.make_hold(left=5, latest=1000)
        self.extend(order.code)
        with at(self.now + timedelta(seconds=10)):
            taken = self.ask("hold", user=self.bob, best=2)
            seats = {booking["seat_number"] for booking in taken.json()["bookings"]}
            self.assertTrue(seats.isdisjoint({"1", "2"}))
            response = self.act("confirm", order)
        self.assertEqual((response.status_code, response.json()["status"]), (200, "booked"))

    def test_cancelled_seats_are_not_extended(self):
        order = self.make_hold(left=100, latest=1000)
        self.act("cancel", order, "2")
        body = self.extend(order.code).json()
        self.assertEqual(
            [(booking["seat_number"], booking["status"]) for booking in body["bookings"]],
            [("1", "held")],
        )
        self.assertEqual(
            order.bookings.get(seat_number="2").expires_at, self.now + timedelta(seconds=100)
        )

    def test_extension_ends_with_the_sales_that_staff_moved_forward(self):
        for field in ("sales_close_at", "starts_at"):
            with self.subTest(field=field):
                show = make_show()
                order = self.make_hold(left=100, latest=1000, show=show)
                setattr(show, field, self.now + timedelta(seconds=300))
                show.save()
                self.assert_ends(self.extend(order.code), order, 300)

    def test_booked_order_cannot_be_extended(self):
        order = make_order(user=self.alice, show=self.show)
        self.assert_problem(self.extend(order.code), 400, "not_held")
        order.refresh_from_db()
        self.assertIsNone(order.expires_at)

    def test_ended_orders_cannot_be_extended(self):
        for order, status, code in [
            (self.make_hold(left=0, latest=1000), 409, "hold_expired"),
            (make_order(user=self.alice, show=self.show, status="expired"), 409, "hold_expired"),
            (
                make_order(user=self.alice, show=self.show, status="cancelled"),
                400,
                "already_cancelled",
            ),
            (
                self.make_hold(
                    left=100, latest=1000, show=make_show(starts_at=self.now - timedelta(seconds=1))
                ),
                400,
                "show_started",
            ),
            (
                self.make_hold(left=100, latest=1000, show=make_show(cancelled_at=self.now)),
                409,
                "show_cancelled",
            ),
        ]:
            with self.subTest(code=code, status=order.status):
                before = Order.objects.filter(pk=order.pk).values().get()
                self.assert_problem(self.extend(order.code), status, code)
                self.assertEqual(Order.objects.filter(pk=order.pk).values().get(), before)

    def test_only_the_customer_can_extend(self):
        order = self.make_hold(left=100, latest=1000)
        for user in (self.bob, make_staff()):
            self.assert_problem(self.extend(order.code, user=user), 403, "permission_denied")
        response = self.client.post(f"/api/orders/{order.code}/extend/")
        self.assert_problem(response, 401, "not_authenticated")
        self.assert_problem(self.extend("2222222222"), 404, "not_found")
        order.refresh_from_db()
        self.assertEqual(order.expires_at, self.now + timedelta(seconds=100))

    def test_code_may_be_sent_in_lower_case(self):
        order = self.make_hold(left=100, latest=1000)
        self.assert_ends(self.extend(order.code.lower()), order, 600)

    def test_extension_costs_ten_queries_however_many_seats_there_are(self):
        for seats in (["1"], [str(nth) for nth in range(2, 12)]):
            order = make_order(user=self.alice, show=self.show, seats=seats, status="held")
            client = self.client_of(self.alice)
            # user, order; savepoint, show locked, order, bookings, their update twice, savepoint
            with warm_caches(self.show), self.assertNumQueries(10):
                response = client.post(f"/api/orders/{order.code}/extend/")
            self.assertEqual(response.status_code, 200)
