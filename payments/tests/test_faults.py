"""A gateway that does not answer, answers late, refuses, or sends messages that are not its own."""

import json
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from unittest import mock

from django.test import TestCase, override_settings

from payments import services
from payments.gateways import trial
from payments.gateways.base import Found, GatewayDown, GatewayRefused, Outcome
from payments.models import GatewayEvent, Payment, Refund, TestRefund, TestSession
from payments.tests.paying import Paying
from testing.builders.accounts import make_staff
from testing.clock import later
from testing.jobs import run_jobs


@contextmanager
def gateway(**functions):
    """Let the test gateway have these functions."""
    changed = replace(trial.TRIAL, **functions)
    with mock.patch("payments.gateways.TRIAL", changed):
        yield


def lost(function):
    """Return the function, whose answer is lost after its effect."""

    def call(*arguments):
        function(*arguments)
        raise GatewayDown("The answer is lost.")

    return call


def down(*arguments):
    raise GatewayDown("Nobody there.")


def refusing(*arguments):
    raise GatewayRefused("Not with us.")


@override_settings(TEST_GATEWAY=True)
class FaultTests(Paying, TestCase):
    def open(self, order, **body):
        return self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test", **body})

    def test_a_gateway_that_is_down_is_told_and_leaves_the_hold(self):
        order = self.hold("1")
        with gateway(open=down), self.assertLogs("django.request", "ERROR"):
            self.assert_problem(self.open(order), 503, "gateway_unavailable")
        self.assert_order(order, "held", due="10.00")
        self.assertEqual(self.open(order).status_code, 201)

    def test_an_answer_that_is_lost_opens_no_second_payment(self):
        order = self.hold("1")
        with gateway(open=lost(trial.open_session)), self.assertLogs("django.request", "ERROR"):
            self.assert_problem(self.open(order), 503, "gateway_unavailable")
        answer = self.open(order).json()
        self.assertEqual(TestSession.objects.get().key, Payment.objects.get().pk)
        self.pay_at_bank(answer)
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")

    def test_money_whose_opening_was_never_answered_is_found_by_the_sweeper(self):
        order = self.hold("1")
        with gateway(open=lost(trial.open_session)), self.assertLogs("django.request", "ERROR"):
            self.open(order, outcome="pay")
        with later(minutes=2):
            services.sweep_payments()
        self.assert_order(order, "booked", paid="10.00")

    def test_a_refused_payment_is_told_with_its_reason(self):
        order = self.hold("1")
        with gateway(open=refusing):
            self.assert_problem(self.open(order), 400, "payment_refused", detail="Not with us.")
        self.assertEqual(Payment.objects.get().status, "failed")

    def test_a_message_that_is_lost_is_made_up_by_the_sweeper(self):
        order = self.hold("1")
        payment = self.open(order).json()
        with mock.patch.object(trial, "enqueue"):
            self.pay_at_bank(payment)
        with later(minutes=2):
            services.sweep_payments()
        self.assert_order(order, "booked", paid="10.00")

    def test_the_sweeper_closes_what_nobody_pays(self):
        order = self.hold("1")
        payment = self.open(order).json()
        with later(minutes=25):
            services.sweep_payments()
        self.assertEqual(TestSession.objects.get().status, "closed")
        self.pay_at_bank(payment)
        self.assertEqual(TestSession.objects.get().received, 0)

    def test_the_sweeper_waits_for_a_gateway_that_is_down(self):
        order = self.hold("1")
        self.open(order)
        with later(minutes=2), gateway(look=down), self.assertLogs("payments", "WARNING"):
            services.sweep_payments()
        self.assert_order(order, "held", due="10.00")

    def test_one_payment_that_cannot_be_looked_at_does_not_stop_the_others(self):
        first, second = self.hold("1"), self.hold("2")
        self.open(first)
        with mock.patch.object(trial, "enqueue"):
            self.pay_at_bank(self.open(second).json())

        def look(payment):
            return down() if payment.order_id == first.pk else trial.look(payment)

        with later(minutes=2), gateway(look=look), self.assertLogs("payments", "WARNING"):
            services.sweep_payments()
        self.assert_order(second, "booked", paid="10.00")

    def test_a_payment_whose_gateway_is_not_used_here_stays_open(self):
        order = self.hold("1")
        self.open(order)
        with later(minutes=25), override_settings(TEST_GATEWAY=False):
            services.sweep_payments()
        self.assertEqual(Payment.objects.get().status, "pending")

    def test_late_money_books_only_what_it_pays_for_by_itself(self):
        order = self.hold("1", "2")
        services.record_payment(order=order, kind="cash", by=make_staff("boss"), amount=Decimal(10))
        self.open(order, outcome="pay_late")
        with later(minutes=25):
            run_jobs()
            self.assert_order(order, "expired", due="0.00")
            services.refund_order(order=order)
        self.assertEqual(sum(refund.amount for refund in Refund.objects.all()), 20)

    def test_another_currency_is_not_taken_for_the_money(self):
        order = self.hold("1")
        payment = Payment.objects.get(pk=self.open(order).json()["id"])
        found = Found(Outcome.SUCCEEDED, Decimal(10), "JPY")
        with self.assertLogs("payments", "ERROR"):
            services.settle(payment=payment, found=found)
        self.assert_order(order, "held", paid="0.00")

    def test_too_little_money_does_not_book(self):
        order = self.hold("1")
        payment = Payment.objects.get(pk=self.open(order).json()["id"])
        services.settle(payment=payment, found=Found(Outcome.SUCCEEDED, Decimal(4), "GBP"))
        self.assert_order(order, "held", paid="4.00", due="6.00")

    def test_the_same_outcome_twice_changes_nothing(self):
        order = self.hold("1")
        payment = Payment.objects.get(pk=self.open(order, outcome="pay").json()["id"])
        for _ in range(2):
            services.settle(payment=payment, found=Found(Outcome.SUCCEEDED, Decimal(10), "GBP"))
        services.settle(payment=payment, found=Found(Outcome.CANCELLED))
        self.assert_order(order, "booked", paid="10.00")
        self.assertFalse(Refund.objects.exists())

    def cancel_a_paid_order(self):
        order = self.hold("1")
        self.open(order, outcome="pay")
        run_jobs()
        self.post(f"/api/orders/{order.code}/cancel/")
        return order

    def test_a_refund_whose_answer_is_lost_is_made_once(self):
        self.cancel_a_paid_order()
        with gateway(refund=lost(trial.make_refund)), self.assertLogs("outbox", "WARNING"):
            run_jobs()
        self.assertEqual(Refund.objects.get().status, "sent")
        with later(minutes=5):
            run_jobs()
        self.assertEqual(Refund.objects.get().status, "succeeded")
        self.assertEqual(TestRefund.objects.get().key, Refund.objects.get().pk)

    def test_a_refund_that_is_refused_waits_for_staff(self):
        order = self.cancel_a_paid_order()
        with gateway(refund=refusing):
            run_jobs()
        refund = Refund.objects.get()
        self.assertEqual((refund.status, refund.error), ("failed", "Not with us."))
        self.assert_order(order, "cancelled", paid="10.00", refundable="10.00")

        services.try_refund_again(refund=refund, by=make_staff("boss"))
        run_jobs()
        self.assert_order(order, "cancelled", paid="0.00", refundable="0.00")
        self.assertEqual(TestRefund.objects.get().amount, Decimal(10))

    def test_a_refund_that_failed_can_be_paid_out_by_hand(self):
        order = self.cancel_a_paid_order()
        with gateway(refund=refusing):
            run_jobs()
        services.pay_out_refund(refund=Refund.objects.get(), by=make_staff("boss"))
        self.assert_order(order, "cancelled", paid="0.00")
        self.assertEqual(services.refund_order(order=order), [])


@override_settings(TEST_GATEWAY=True)
class MessageTests(Paying, TestCase):
    def send(self, headers, body, kind="test"):
        return self.client.post(
            f"/api/payments/webhooks/{kind}/",
            body,
            content_type="application/json",
            headers=headers,
        )

    def message(self, event_id="e1"):
        order = self.hold("1")
        payment = self.open_payment(order)
        with mock.patch.object(trial, "enqueue"):
            self.pay_at_bank(payment)
        return order, trial.message_about(event_id, payment["reference"])

    def test_a_message_settles_the_payment(self):
        order, (headers, body) = self.message()
        self.assertEqual(self.send(headers, body).status_code, 200)
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")

    def test_a_message_that_comes_twice_is_stored_once(self):
        _, (headers, body) = self.message()
        for _ in range(2):
            self.assertEqual(self.send(headers, body).status_code, 200)
        self.assertEqual(GatewayEvent.objects.count(), 1)

    def test_a_message_with_another_signature_is_refused(self):
        order, (headers, body) = self.message()
        for wrong in ({}, {trial.SIGNATURE: ""}, {trial.SIGNATURE: "0" * 64}):
            self.assert_problem(self.send(wrong, body), 400, "message_invalid")
        changed = body.replace(b"session.ended", b"session.other")
        self.assert_problem(self.send(headers, changed), 400, "message_invalid")
        self.assertFalse(GatewayEvent.objects.exists())
        self.assert_order(order, "held")

    def test_odd_messages_with_a_right_signature_are_refused(self):
        bodies = (b"", b"null", b"[]", b"{", b"\xff", b'{"id": 1}', json.dumps({"id": {}}).encode())
        for body in bodies:
            headers = {trial.SIGNATURE: trial._signature(body)}
            with self.subTest(body):
                self.assert_problem(self.send(headers, body), 400, "message_invalid")

    def test_an_unknown_gateway_has_no_messages(self):
        self.assert_problem(self.send({}, b"{}", kind="bank"), 404, "not_found")

    def test_a_message_that_is_faster_than_the_answer_waits_for_it(self):
        order = self.hold("1")
        with gateway(open=lost(trial.open_session)), self.assertLogs("django.request", "ERROR"):
            self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test", "outcome": "pay"})
        with self.assertLogs("outbox", "WARNING"):
            run_jobs()
        self.assert_order(order, "held")
        self.open_payment(order)
        with later(minutes=1):
            run_jobs()
        self.assert_order(order, "booked", paid="10.00")
