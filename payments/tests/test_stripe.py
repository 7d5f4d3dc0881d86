"""Stripe's Checkout: the real SDK against a server that keeps Stripe's documented behaviour."""

from decimal import Decimal

from django.test import SimpleTestCase, TestCase, override_settings

from payments import services
from payments.gateways import stripe_checkout
from payments.gateways.stripe_units import from_units, to_units
from payments.models import Payment, Refund
from payments.tests.paying import Paying
from testing.builders.accounts import make_user
from testing.builders.bookings import hold_order
from testing.clock import later
from testing.jobs import run_jobs
from testing.properties import given, st
from testing.stripe_server import KEY, WEBHOOK_SECRET, stripe_server

RETURN = "https://cinema.example/paid"


class StripeCase(Paying, TestCase):
    """Each test has a fresh account at the fake server."""

    def setUp(self):
        super().setUp()
        url, self.books = self.enterContext(stripe_server())
        self.enterContext(
            override_settings(
                STRIPE_SECRET_KEY=KEY,
                STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
                STRIPE_API_BASE=url,
                TEST_GATEWAY=False,
            )
        )
        stripe_checkout.forget_client()
        self.addCleanup(stripe_checkout.forget_client)

    def open(self, order, **body):
        path = f"/api/orders/{order.code}/payments/"
        return self.post(path, {"gateway": "stripe", "return_url": RETURN, **body})

    def opened(self, order):
        response = self.open(order)
        self.assertEqual(response.status_code, 201, response.content)
        return response.json()

    def send(self, kind, about, **options):
        headers, body = self.books.webhook(kind, about, **options)
        return self.send_raw(headers, body)

    def send_raw(self, headers, body):
        return self.client.post(
            "/api/payments/webhooks/stripe/", body, content_type="application/json", headers=headers
        )

    def paid_order(self, *seats):
        """Return an order that was paid, and its session."""
        order = self.hold(*seats)
        session = self.books.pay(self.opened(order)["reference"])
        self.send("checkout.session.completed", session)
        run_jobs()
        return order, session


class CheckoutTests(StripeCase):
    def test_a_hold_is_booked_when_its_session_is_paid(self):
        order, _ = self.paid_order("1", "2")
        self.assert_order(order, "booked", paid="20.00", due="0.00")
        self.assertEqual(self.books.received(), 2000)

    def test_the_customer_is_sent_to_checkout(self):
        payment = self.opened(self.hold("1"))
        self.assertTrue(payment["url"].startswith("https://checkout.stripe.example/"))
        session = self.books.sessions[payment["reference"]]
        self.assertEqual((session["amount_total"], session["currency"]), (1000, "gbp"))
        self.assertEqual(session["client_reference_id"], payment["id"])

    def test_the_customer_who_comes_back_is_settled_without_a_webhook(self):
        order = self.hold("1")
        payment = self.opened(order)
        self.books.pay(payment["reference"])
        self.post(f"/api/payments/{payment['id']}/refresh/")
        self.assert_order(order, "booked", paid="10.00")

    def test_an_answer_that_is_lost_opens_no_second_session(self):
        order = self.hold("1")
        self.books.faults = ["lost", "lost"]
        with self.assertLogs("django.request", "ERROR"):
            self.assert_problem(self.open(order), 503, "gateway_unavailable")
        payment = self.opened(order)
        self.assertEqual(list(self.books.sessions), [payment["reference"]])

    def test_errors_that_pass_are_told_and_leave_the_hold(self):
        order = self.hold("1")
        for fault in ("down", "limit"):
            self.books.faults = [fault, fault]
            with self.subTest(fault), self.assertLogs("django.request", "ERROR"):
                self.assert_problem(self.open(order), 503, "gateway_unavailable")
        self.assert_order(order, "held", due="10.00")

    def test_a_return_url_is_needed(self):
        response = self.open(self.hold("1"), return_url="")
        self.assertEqual(response.status_code, 400)

    def test_a_session_is_closed_when_the_hold_is_over(self):
        order = self.hold("1")
        session = self.books.sessions[self.opened(order)["reference"]]
        with later(minutes=25):
            services.sweep_payments()
        self.assertEqual(session["status"], "expired")
        self.assertEqual(Payment.objects.get().status, "expired")

    def test_a_session_that_was_paid_just_before_it_is_closed_counts(self):
        order = self.hold("1")
        self.books.pay(self.opened(order)["reference"])
        with later(minutes=25):
            services.sweep_payments()
            self.assert_order(order, "booked", paid="10.00")

    def test_a_session_whose_answer_was_lost_is_closed_too(self):
        order = self.hold("1")
        self.books.faults = ["lost", "lost"]
        with self.assertLogs("django.request", "ERROR"):
            self.open(order)
        with later(minutes=25):
            services.sweep_payments()
        self.assertEqual([s["status"] for s in self.books.sessions.values()], ["expired"])

    def test_money_that_is_on_its_way_is_waited_for(self):
        order = self.hold("1")
        reference = self.opened(order)["reference"]
        self.books.pay_by_transfer(reference)
        with later(minutes=25):
            services.sweep_payments()
            self.assertEqual(Payment.objects.get().status, "pending")
            self.books.settle_transfer(reference)
            services.sweep_payments()
            self.assert_order(order, "booked", paid="10.00")

    def test_a_transfer_that_fails_fails_the_payment(self):
        order = self.hold("1")
        reference = self.opened(order)["reference"]
        self.books.pay_by_transfer(reference)
        session = self.books.settle_transfer(reference, succeeds=False)
        self.send("checkout.session.async_payment_failed", session)
        run_jobs()
        self.assertEqual(Payment.objects.get().status, "failed")
        self.assert_order(order, "held", due="10.00")

    def test_late_money_goes_back_if_the_seat_is_gone(self):
        order = self.hold("1")
        reference = self.opened(order)["reference"]
        self.books.pay_by_transfer(reference)
        with later(minutes=25):
            hold_order(user=make_user("bob"), show=self.show, seats=["1"])
            session = self.books.settle_transfer(reference)
            self.send("checkout.session.async_payment_succeeded", session)
            run_jobs()
            self.assert_order(order, "expired", paid="0.00")
        self.assertEqual(self.books.received(), 0)


class StripeWebhookTests(StripeCase):
    def test_doubled_and_reordered_messages_change_nothing(self):
        order, session = self.paid_order("1")
        for kind in ("checkout.session.expired", "checkout.session.completed"):
            self.send(kind, session)
        headers, body = self.books.webhook("checkout.session.completed", session, event_id="evt_1")
        for _ in range(3):
            self.assertEqual(self.send_raw(headers, body).status_code, 200)
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")
        self.assertFalse(Refund.objects.exists())

    def test_a_message_that_lies_is_only_a_reason_to_look(self):
        order = self.hold("1")
        session = dict(self.books.sessions[self.opened(order)["reference"]])
        session.update(status="complete", payment_status="paid")
        self.assertEqual(self.send("checkout.session.completed", session).status_code, 200)
        run_jobs()
        self.assert_order(order, "held", paid="0.00")

    def test_wrong_signatures_and_old_messages_are_refused(self):
        session = {"object": "checkout.session", "id": "cs_1", "metadata": {}}
        for options in ({"secret": "whsec_other"}, {"at": 1}):
            response = self.send("checkout.session.completed", session, **options)
            with self.subTest(options):
                self.assert_problem(response, 400, "message_invalid")
        self.assert_problem(self.send_raw({}, b"{}"), 400, "message_invalid")
        self.assert_problem(
            self.send_raw({"Stripe-Signature": "t"}, b"\xff"), 400, "message_invalid"
        )

    def test_messages_about_other_business_of_the_account_are_ignored(self):
        for about in (
            {"object": "checkout.session", "id": "cs_other", "metadata": {}},
            {"object": "customer", "id": "cus_1"},
        ):
            self.assertEqual(self.send("some.thing", about).status_code, 200)
        self.assertEqual(run_jobs("look_at_payment"), 0)


class StripeRefundTests(StripeCase):
    def cancel(self, order, *seats):
        body = {"seat_numbers": list(seats)} if seats else {}
        self.post(f"/api/orders/{order.code}/cancel/", body)

    def test_cancelled_seats_come_back_one_by_one(self):
        order, _ = self.paid_order("1", "2")
        for seat in ("1", "2"):
            self.cancel(order, seat)
            run_jobs()
        self.assertEqual(self.books.received(), 0)
        self.assertEqual([each["amount"] for each in self.books.refunds.values()], [1000, 1000])
        self.assert_order(order, "cancelled", paid="0.00")

    def test_a_refund_whose_answer_is_lost_is_made_once(self):
        order, _ = self.paid_order("1")
        self.cancel(order)
        self.books.faults = ["lost", "lost"]
        with self.assertLogs("outbox", "WARNING"):
            run_jobs()
        with later(minutes=5):
            run_jobs()
        self.assertEqual(len(self.books.refunds), 1)
        self.assertEqual(Refund.objects.get().status, "succeeded")

    def test_a_refund_whose_key_stripe_has_forgotten_is_found_by_its_metadata(self):
        order, _ = self.paid_order("1")
        self.cancel(order)
        self.books.faults = ["lost", "lost"]
        with self.assertLogs("outbox", "WARNING"):
            run_jobs()
        self.books.answers.clear()
        with later(days=2):
            run_jobs("send_refund")
        self.assertEqual(len(self.books.refunds), 1)
        self.assertEqual(Refund.objects.get().status, "succeeded")

    def test_a_refund_that_takes_days_succeeds_later(self):
        order, _ = self.paid_order("1")
        self.books.refund_status = "pending"
        self.cancel(order)
        with self.assertLogs("outbox", "WARNING"):
            run_jobs()
        self.assertEqual(Refund.objects.get().status, "sent")
        [refund] = self.books.refunds.values()
        refund["status"] = "succeeded"
        self.send("refund.updated", refund)
        run_jobs()
        self.assertEqual(Refund.objects.get().status, "succeeded")

    def test_a_refund_that_fails_waits_for_staff(self):
        order, _ = self.paid_order("1")
        self.books.refund_status = "failed"
        self.cancel(order)
        run_jobs()
        refund = Refund.objects.get()
        self.assertEqual(refund.status, "failed")
        self.assertIn("expired_or_canceled_card", refund.error)
        self.assert_order(order, "cancelled", paid="10.00", refundable="10.00")

    def test_a_refund_by_hand_at_stripe_is_written_down_once(self):
        order, session = self.paid_order("1", "2")
        refund = self.books.refund_by_hand(session["payment_intent"], 500)
        for _ in range(2):
            self.send("refund.created", refund)
            run_jobs()
        self.assert_order(order, "booked", paid="15.00", due="5.00")
        self.assertEqual(Refund.objects.get().reason, "external")


class StripeUnitTests(SimpleTestCase):
    def test_amounts_follow_stripes_own_table(self):
        for amount, currency, units in [
            ("10.50", "EUR", 1050),
            ("1001", "JPY", 1001),
            ("5", "ISK", 500),
            ("500", "UGX", 50000),
            ("2000", "MGA", 2000),
            ("2.120", "KWD", 2120),
        ]:
            with self.subTest(currency):
                self.assertEqual(to_units(Decimal(amount), currency), units)
                self.assertEqual(from_units(units, currency), Decimal(amount))

    def test_amounts_that_stripe_cannot_take_are_refused(self):
        for amount, currency in [("2.125", "KWD"), ("10.5", "MGA"), ("10.001", "EUR")]:
            with self.subTest(currency), self.assertRaises(ValueError):
                to_units(Decimal(amount), currency)

    @given(st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "USD", "HUF"]))
    def test_units_and_amounts_are_inverse(self, units, currency):
        self.assertEqual(to_units(from_units(units, currency), currency), units)
