"""Payments and refunds in the admin, in a customer's own data, and in the integrity check."""

from decimal import Decimal
from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase, TransactionTestCase, override_settings

from accounts.services.personal_data import erase_user, export_data
from movies.models import StaffCinema
from payments import services
from payments.models import GatewayEvent, Payment, Refund, TestSession
from payments.tests.paying import Paying
from testing.builders.accounts import allow, make_staff, make_user
from testing.builders.movies import make_cinema
from testing.clock import later
from testing.jobs import run_jobs

PAYMENTS, REFUNDS = "/admin/payments/payment/", "/admin/payments/refund/"


class StaffCase(Paying, TestCase):
    def setUp(self):
        super().setUp()
        self.boss = make_staff("boss")
        self.client.force_login(self.boss)

    def refund_of_cash(self):
        order = self.hold("1")
        services.record_payment(order=order, kind="cash", by=self.boss, reference="R-17")
        self.post(f"/api/orders/{order.code}/cancel/")
        run_jobs()
        return Refund.objects.get()


class AdminTests(StaffCase):
    def test_payments_are_listed_and_found_by_order_and_reference(self):
        refund = self.refund_of_cash()
        code = refund.payment.order.code
        for query in ("", f"?q={code}", "?q=R-17", "?kind__exact=cash", "?status__exact=succeeded"):
            with self.subTest(query):
                self.assertContains(self.client.get(PAYMENTS + query), code)
        self.assertNotContains(self.client.get(f"{PAYMENTS}?q=nothing"), code)
        self.assertContains(self.client.get(f"{PAYMENTS}{refund.payment_id}/change/"), "10.00 GBP")

    def test_refunds_that_need_somebody_are_a_filter(self):
        refund = self.refund_of_cash()
        code = refund.payment.order.code
        self.assertContains(self.client.get(f"{REFUNDS}?need=yes"), code)
        self.act("pay_out", refund)
        self.assertNotContains(self.client.get(f"{REFUNDS}?need=yes"), code)
        self.assertContains(self.client.get(f"{REFUNDS}{refund.pk}/change/"), "boss")

    def act(self, action, refund):
        body = {"action": action, "_selected_action": [str(refund.pk)]}
        return self.client.post(REFUNDS, body, follow=True)

    def test_a_refund_is_paid_out_once(self):
        refund = self.refund_of_cash()
        self.assertContains(self.act("pay_out", refund), "paid out")
        self.assertContains(self.act("pay_out", refund), "has been made already")
        refund.refresh_from_db()
        self.assertEqual((refund.status, refund.settled_by), ("succeeded", self.boss))

    def test_a_refund_that_has_not_failed_is_not_tried_again(self):
        refund = self.refund_of_cash()
        self.assertContains(self.act("try_again", refund), "has been made already")

    def test_staff_without_the_right_have_no_actions(self):
        refund = self.refund_of_cash()
        clerk = make_user("clerk", is_staff=True)
        allow(clerk, "view_refund")
        self.client.force_login(clerk)
        self.assertNotContains(self.client.get(REFUNDS), "Paid out by hand")
        self.act("pay_out", refund)
        refund.refresh_from_db()
        self.assertEqual(refund.status, "due")

    def test_staff_see_the_money_of_their_cinemas_only(self):
        refund = self.refund_of_cash()
        code = refund.payment.order.code
        clerk = make_user("clerk", is_staff=True)
        allow(clerk, "view_refund", "view_payment", "view_gatewayevent")
        StaffCinema.objects.create(user=clerk, cinema=make_cinema())
        self.client.force_login(clerk)
        for page in (PAYMENTS, REFUNDS):
            self.assertNotContains(self.client.get(page), code)
        page = f"{PAYMENTS}{refund.payment_id}/change/"
        self.assertNotEqual(self.client.get(page).status_code, 200)
        self.assertEqual(self.client.get("/admin/payments/gatewayevent/").status_code, 403)

    def test_messages_of_gateways_are_shown(self):
        GatewayEvent.objects.create(gateway="test", event_id="e1", type="a.b", body={"id": "<b>"})
        self.assertContains(self.client.get("/admin/payments/gatewayevent/"), "a.b")

    def test_the_lists_cost_the_same_queries_for_more_rows(self):
        def queries():
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(connection) as found:
                self.client.get(PAYMENTS)
            return len(found)

        services.record_payment(order=self.hold("1"), kind="cash", by=self.boss)
        self.client.get(PAYMENTS)
        before = queries()
        for seat in ("2", "3", "4"):
            services.record_payment(order=self.hold(seat), kind="cash", by=self.boss)
        self.assertEqual(queries(), before)


@override_settings(TEST_GATEWAY=True)
class PersonTests(Paying, TestCase):
    def test_payments_are_in_the_export_and_erased_but_for_the_sums(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay", return_url="https://shop.example/alice")
        run_jobs()
        [payment] = export_data(self.alice)["payments"]
        self.assertEqual(
            (payment["order"], payment["amount"], payment["return_url"]),
            (order.code, "10.00", "https://shop.example/alice"),
        )
        erase_user(user=self.alice)
        self.assertEqual(Payment.objects.get().return_url, "")
        self.assertEqual(TestSession.objects.get().return_url, "")
        self.assertEqual(Payment.objects.get().amount, Decimal(10))


@override_settings(TEST_GATEWAY=True)
class IntegrityTests(Paying, TransactionTestCase):
    def setUp(self):
        super().setUp()
        type(self).setUpTestData()

    def verify(self):
        out = StringIO()
        try:
            call_command("verify_integrity", stdout=out)
        except CommandError as error:
            return out.getvalue() + str(error)
        return ""

    def pay(self, *seats, **body):
        order = self.hold(*seats)
        self.open_payment(order, outcome="pay", **body)
        run_jobs()
        return order

    def test_paid_and_refunded_orders_are_well(self):
        self.pay("1")
        order = self.pay("2", "3")
        self.post(f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["2"]})
        run_jobs()
        with later(minutes=30):
            self.assertEqual(self.verify(), "")

    def test_a_sum_of_refunds_that_is_wrong_is_found(self):
        self.pay("1")
        Payment.objects.update(refunded=3)
        self.assertIn(
            "says that 3.00 GBP was refunded, but its refunds add up to 0.00", self.verify()
        )

    def test_money_that_nobody_gives_back_is_found(self):
        order = self.pay("1")
        self.post(f"/api/orders/{order.code}/cancel/")
        self.assertEqual(self.verify(), "", "a worker has some minutes")
        with later(minutes=30):
            self.assertIn(f"Order {order.code} was paid 10.00 GBP too much", self.verify())

    def test_a_payment_that_is_written_twice_is_found(self):
        order = self.pay("1")
        payment = Payment.objects.get()
        Payment.objects.create(
            order=order,
            kind="external",
            status="succeeded",
            amount=10,
            currency="GBP",
            settled_at=payment.settled_at,
        )
        with later(minutes=30):
            self.assertIn("10.00 GBP too much", self.verify())
