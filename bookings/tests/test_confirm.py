"""Confirming a hold: it becomes booked."""

from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from bookings.models import Booking
from testing.answers import errors_in
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.clock import past
from testing.sales import CustomerRequests
from testing.warm import warm_caches


class ConfirmTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(price=Decimal("9.50"))
        cls.order = make_order(
            user=cls.alice,
            show=cls.show,
            seats=["1", "2", "3"],
            status="held",
            price=Decimal("9.50"),
        )

    def confirm(self, code=None, *, user=None, **body):
        return self.act("confirm", code or self.order.code, user=user, **body)

    def assert_still(self, status, order=None):
        order = order or self.order
        order.refresh_from_db()
        self.assertEqual(order.status, status)
        self.assertEqual(set(order.bookings.values_list("status", flat=True)), {status})

    def test_all_seats_are_booked_with_the_payment_reference(self):
        since = timezone.now()
        response = self.confirm(payment_reference="pi_1")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            [body[name] for name in ("status", "total", "payment_reference", "expires_at")],
            ["booked", "28.50", "pi_1", None],
        )
        self.assertIsNone(body["extendable_until"])
        self.assertEqual([booking["status"] for booking in body["bookings"]], ["booked"] * 3)
        self.assert_still("booked")
        self.assertIsNone(self.order.expires_at)
        for booking in self.order.bookings.all():
            self.assertEqual((booking.payment_reference, booking.expires_at), ("pi_1", None))
            self.assertGreaterEqual(booking.booked_at, since)
            self.assertEqual(booking.price, Decimal("9.50"))
        self.assertEqual(Booking.objects.count(), 3)

    def test_payment_reference_is_optional(self):
        for body in ({}, {"payment_reference": ""}):
            order = make_order(user=self.alice, show=make_show(), seats=["1", "2"], status="held")
            response = self.confirm(order.code, **body)
            self.assertEqual(response.status_code, 200, response.content)
            self.assertEqual(response.json()["payment_reference"], "")

    def test_second_confirmation_changes_nothing(self):
        first = self.confirm(payment_reference="pi_1")
        bookings = list(self.order.bookings.order_by("id").values())
        for reference in ("pi_1", ""):
            second = self.confirm(payment_reference=reference)
            self.assertEqual((second.status_code, second.json()), (200, first.json()))
        self.assertEqual(list(self.order.bookings.order_by("id").values()), bookings)

    def test_second_payment_is_refused(self):
        self.confirm(payment_reference="pi_1")
        second = self.confirm(payment_reference="pi_2")
        self.assert_problem(second, 409, "paid_already")
        self.assertEqual(
            set(self.order.bookings.values_list("payment_reference", flat=True)), {"pi_1"}
        )

    def test_payment_reference_can_be_added_later(self):
        self.confirm()
        second = self.confirm(payment_reference="pi_1")
        self.assertEqual((second.status_code, second.json()["payment_reference"]), (200, "pi_1"))
        self.assertEqual(
            set(self.order.bookings.values_list("payment_reference", flat=True)), {"pi_1"}
        )

    def test_second_confirmation_succeeds_after_the_start_of_the_show(self):
        self.confirm(payment_reference="pi_1")
        type(self.show).objects.update(starts_at=past())
        response = self.confirm(payment_reference="pi_1")
        self.assertEqual((response.status_code, response.json()["status"]), (200, "booked"))

    def test_confirming_books_only_the_seats_that_are_still_held(self):
        self.act("cancel", self.order, "3")
        body = self.confirm(payment_reference="pi_1").json()
        self.assertEqual(
            [(booking["seat_number"], booking["status"]) for booking in body["bookings"]],
            [("1", "booked"), ("2", "booked")],
        )
        self.assertEqual((body["status"], body["total"]), ("booked", "19.00"))
        given_back = self.order.bookings.get(seat_number="3")
        self.assertEqual((given_back.payment_reference, given_back.booked_at), ("", None))

    def test_partly_cancelled_order_keeps_its_payment_reference(self):
        self.act("cancel", self.order, "3")
        confirmed = self.confirm(payment_reference="pi_1").json()
        seen = self.client_of(self.alice).get(f"/api/orders/{self.order.code}/").json()
        self.assertEqual(
            [body["payment_reference"] for body in (confirmed, seen)], ["pi_1", "pi_1"]
        )

        self.act("cancel", self.order)
        seen = self.client_of(self.alice).get(f"/api/orders/{self.order.code}/").json()
        self.assertEqual((seen["status"], seen["payment_reference"]), ("cancelled", "pi_1"))

    def test_code_may_be_sent_in_lower_case(self):
        response = self.confirm(self.order.code.lower())
        self.assertEqual(response.status_code, 200, response.content)
        self.assert_still("booked")

    def test_not_even_staff_can_confirm_for_another_customer(self):
        for user in (self.bob, make_staff()):
            self.assert_problem(self.confirm(user=user), 403, "permission_denied")
        self.assert_still("held")

    def test_unknown_order_is_not_found(self):
        for code in ("2222222222", "22222", "2" * 11, "222222222é", "0", "%00" * 10):
            with self.subTest(code=code):
                self.assert_problem(self.confirm(code), 404, "not_found")

    def test_confirming_needs_a_login(self):
        response = self.client.post(f"/api/orders/{self.order.code}/confirm/")
        self.assert_problem(response, 401, "not_authenticated")
        self.assert_still("held")

    def test_hold_of_a_cancelled_show_is_not_booked(self):
        type(self.show).objects.update(cancelled_at=timezone.now())
        self.assert_problem(self.confirm(), 409, "show_cancelled")
        self.assert_still("held")

    def test_hold_of_a_started_show_is_not_booked(self):
        type(self.show).objects.update(starts_at=past())
        self.assert_problem(self.confirm(), 400, "show_started")
        self.assert_still("held")

    def test_cancelled_order_is_not_booked(self):
        self.act("cancel", self.order)
        self.assert_problem(self.confirm(), 400, "already_cancelled")
        self.assert_still("cancelled")

    def test_malformed_payment_reference_is_refused(self):
        url = f"/api/orders/{self.order.code}/confirm/"
        for text in (
            "null", "true", "[]", "{}", '"' + "x" * 101 + '"', '"a\\u0000"', '"\\ud800"',
            "1" + "0" * 200,
        ):  # fmt: skip
            with self.subTest(payment_reference=text[:20]):
                response = self.client_of(self.alice).post(
                    url, f'{{"payment_reference": {text}}}', content_type="application/json"
                )
                self.assert_problem(response, 400, "invalid")
                self.assertEqual(errors_in(response)[0][0], "payment_reference")
        for text in ("[]", "7", "{", "null"):
            with self.subTest(body=text):
                response = self.client_of(self.alice).post(
                    url, text, content_type="application/json"
                )
                self.assert_problem(response, 400, "invalid")
        self.assert_still("held")

    def test_confirmation_costs_eleven_queries_however_many_seats_there_are(self):
        seats = [str(nth) for nth in range(11, 21)]
        longer = make_order(user=self.alice, show=self.show, seats=seats, status="held")
        for order in (self.order, longer):
            client = self.client_of(self.alice)
            # user, order; savepoint, show locked, order, bookings, their update twice,
            # event, savepoint
            with warm_caches(self.show), self.assertNumQueries(11):
                response = client.post(f"/api/orders/{order.code}/confirm/")
            self.assertEqual(response.status_code, 200)
