"""A payment reference belongs to one order."""

from datetime import timedelta

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from bookings.models import Booking
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import make_order
from testing.builders.movies import make_movie, make_show
from testing.clock import past
from testing.races import at_once, outcomes
from testing.sales import CustomerRequests


class OnePaymentTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.movie = make_movie()
        cls.show, cls.other_show = (make_show(movie=cls.movie, price=9) for _ in range(2))
        cls.paid = make_order(user=cls.alice, show=cls.show, seats=["1", "2"], status="held")

    def setUp(self):
        super().setUp()
        self.confirm(self.paid, payment_reference="pi_1")

    def held(self, *seats, user=None, show=None, **fields):
        show, user = show or self.show, user or self.alice
        return make_order(user=user, show=show, seats=seats, status="held", **fields)

    def confirm(self, order, **body):
        return self.act("confirm", order.code, user=order.customer, **body)

    def assert_payment_refused(self, response, order, status="held"):
        self.assert_problem(response, 409, "payment_used", detail="belongs to another order")
        order.refresh_from_db()
        self.assertEqual(order.status, status)
        self.assertNotIn("pi_1", order.bookings.values_list("payment_reference", flat=True))

    def test_no_other_order_is_confirmed_with_it(self):
        for order in [
            self.held("3"),
            self.held("4", user=self.bob),
            self.held("3", show=self.other_show),
            self.held("4", user=self.bob, show=self.other_show),
        ]:
            with self.subTest(customer=order.customer, show=order.show_id):
                response = self.confirm(order, payment_reference="pi_1")
                self.assert_payment_refused(response, order)
                response = self.confirm(order, payment_reference=f"pi_of_{order.pk}")
                self.assertEqual(response.status_code, 200, response.content)

    def test_a_booked_order_does_not_get_it_afterwards(self):
        order = self.held("3")
        self.confirm(order)
        response = self.confirm(order, payment_reference="pi_1")
        self.assert_payment_refused(response, order, "booked")

    def test_no_order_moves_with_it(self):
        held, booked = self.held("3"), self.held("4", user=self.bob)
        self.confirm(booked)
        for order in (held, booked):
            for show in (self.show, self.other_show):
                with self.subTest(order=order.status, show=show.pk):
                    body = {"show": show.pk, "seat_numbers": ["9"], "payment_reference": "pi_1"}
                    response = self.act("move", order.code, user=order.customer, **body)
                    order.refresh_from_db()
                    self.assert_payment_refused(response, order, order.status)

    def test_its_own_order_may_repeat_it(self):
        for _ in range(2):
            response = self.confirm(self.paid, payment_reference="pi_1")
            self.assertEqual(response.status_code, 200, response.content)
        body = {"seat_numbers": ["8", "9"], "payment_reference": "pi_1"}
        response = self.act("move", self.paid.code, **body)
        self.assertEqual(response.status_code, 200, response.content)

    def test_payment_of_a_move_and_the_payment_before_it_both_belong_to_the_order(self):
        body = {"seat_numbers": ["8", "9"], "payment_reference": "pi_2"}
        self.assertEqual(self.act("move", self.paid.code, **body).status_code, 200)
        order = self.held("3")
        for reference in ("pi_1", "pi_2"):
            response = self.confirm(order, payment_reference=reference)
            self.assert_problem(response, 409, "payment_used")

    def test_reference_of_an_expired_or_cancelled_order_is_free_again(self):
        self.act("cancel", self.paid.code)
        lapsed = self.held("3")
        Booking.objects.filter(order=lapsed).update(
            payment_reference="pi_3", expires_at=past(seconds=1)
        )
        type(lapsed).objects.filter(pk=lapsed.pk).update(expires_at=past(seconds=1))
        for reference, seat in [("pi_1", "4"), ("pi_3", "5")]:
            with self.subTest(reference=reference):
                response = self.confirm(self.held(seat), payment_reference=reference)
                self.assertEqual(response.status_code, 200, response.content)

    def test_orders_without_a_reference_are_not_compared(self):
        for seat in ("3", "4"):
            response = self.confirm(self.held(seat), payment_reference="")
            self.assertEqual(response.status_code, 200, response.content)


class PaymentRaceTests(TransactionTestCase):
    def test_one_of_many_orders_of_many_shows_is_confirmed(self):
        calls = []
        for nth in range(8):
            user = make_user(f"user{nth}")
            order = make_order(
                user=user,
                show=make_show(),
                seats=["1"],
                status="held",
                expires_at=timezone.now() + timedelta(minutes=5),
            )
            url, client = f"/api/orders/{order.code}/confirm/", client_of(user)
            calls.append(
                lambda url=url, client=client: client.post(url, {"payment_reference": "pi_1"})
            )

        self.assertEqual(outcomes(at_once(calls)), {(200, None): 1, (409, "payment_used"): 7})

        self.assertEqual(Booking.objects.filter(payment_reference="pi_1").count(), 1)
