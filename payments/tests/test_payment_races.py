"""Payments in real threads and transactions: money is taken once, and given back once."""

from decimal import Decimal

from django.test import TransactionTestCase, override_settings

from bookings.models import Booking, Order
from bookings.services import cancel_order
from payments import services
from payments.gateways import trial
from payments.gateways.base import Found, Outcome
from payments.models import Payment, Refund, TestRefund, TestSession
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import hold_order
from testing.builders.movies import make_show
from testing.clock import end_hold
from testing.jobs import run_jobs
from testing.races import at_once

TEN = Decimal(10)
PAID = Found(Outcome.SUCCEEDED, TEN, "GBP")


@override_settings(TEST_GATEWAY=True)
class PaymentRaceTests(TransactionTestCase):
    def setUp(self):
        self.alice = make_user("alice")
        self.show = make_show(price=TEN)
        self.order = hold_order(user=self.alice, show=self.show, seats=["1"])

    def open(self, plan=""):
        return services.open_payment(order=self.order, kind="test", plan=plan)

    def assert_money_is_right(self):
        """Assert that the bank, the payments and the seats agree, once all jobs are done."""
        run_jobs()
        at_bank = sum(TestSession.objects.values_list("received", flat=True)) - sum(
            TestRefund.objects.values_list("amount", flat=True)
        )
        payments = Payment.objects.succeeded()
        self.assertEqual(at_bank, sum(payment.left for payment in payments))
        booked = Booking.objects.filter(status="booked", order=self.order)
        self.assertEqual(at_bank, sum(booking.price for booking in booked))

    def test_a_payment_that_is_opened_eight_times_at_once_is_one(self):
        payments = at_once([self.open] * 8)
        self.assertEqual(len({payment.pk for payment in payments}), 1)
        self.assertEqual(TestSession.objects.count(), 1)

    def test_money_that_is_reported_eight_times_at_once_counts_once(self):
        payment = self.open(plan="pay")
        at_once([lambda: services.settle(payment=payment, found=PAID)] * 8)
        self.order.refresh_from_db()
        self.assertEqual(self.order.status, Order.Status.BOOKED)
        self.assertFalse(Refund.objects.exists())
        self.assert_money_is_right()

    def test_cancelling_while_money_comes_keeps_the_money_right(self):
        for _ in range(4):
            payment = self.open(plan="pay")
            at_once(
                [
                    lambda payment=payment: services.settle(payment=payment, found=PAID),
                    lambda: cancel_order(order=self.order, by=self.alice),
                ]
            )
            self.assert_money_is_right()
            self.order.refresh_from_db()
            if self.order.status == Order.Status.BOOKED:
                cancel_order(order=self.order, by=self.alice)
                self.assert_money_is_right()
            self.order = hold_order(user=self.alice, show=self.show, seats=["1"])

    def test_late_money_and_another_customer_never_both_get_the_seat(self):
        payment = self.open(plan="pay_late")
        trial.pay(session_id=payment.reference, is_late=True)
        end_hold(self.order)
        bob = client_of(make_user("bob"))
        url = f"/api/shows/{self.show.pk}/hold/"
        _, response = at_once(
            [
                lambda: services.settle(payment=payment, found=PAID),
                lambda: bob.post(url, {"seat_numbers": ["1"]}, format="json"),
            ]
        )
        self.assertEqual(Booking.objects.active().count(), 1)
        self.order.refresh_from_db()
        won = self.order.status == Order.Status.BOOKED
        self.assertEqual(response.status_code, 409 if won else 201)
        self.assert_money_is_right()

    def test_a_refund_that_is_sent_eight_times_at_once_is_made_once(self):
        self.open(plan="pay")
        run_jobs()
        cancel_order(order=self.order, by=self.alice)
        [refund] = services.refund_order(order=self.order)
        at_once([lambda: services.send_refund(refund=refund)] * 8)
        self.assertEqual(TestRefund.objects.count(), 1)
        self.assert_money_is_right()

    def test_refunds_that_are_opened_eight_times_at_once_are_one(self):
        self.open(plan="pay")
        run_jobs()
        cancel_order(order=self.order, by=self.alice)
        at_once([lambda: services.refund_order(order=self.order)] * 8)
        self.assertEqual(Refund.objects.count(), 1)
        self.assert_money_is_right()

    def test_eight_clerks_who_take_the_same_receipt_record_it_once(self):
        clerk = make_staff("clerk")
        others = [
            hold_order(user=make_user(f"c{n}"), show=self.show, seats=[str(n)])
            for n in range(2, 10)
        ]

        def take(order):
            client = client_of(clerk)
            url = f"/api/orders/{order.code}/payments/record/"
            return client.post(url, {"kind": "terminal", "reference": "0417"}, format="json")

        answers = at_once([lambda order=order: take(order) for order in others])
        statuses = sorted(answer.status_code for answer in answers)
        self.assertEqual(statuses, [201] + [409] * 7)
