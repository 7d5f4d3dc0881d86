"""Cash, terminals and other money that staff record."""

from decimal import Decimal

from django.test import TestCase, override_settings

from audit.models import Entry
from movies.models import StaffCinema
from payments import services
from payments.errors import RefundSettled
from payments.models import Payment, Refund
from payments.tests.paying import Paying
from testing.builders.accounts import make_clerk, make_staff
from testing.builders.movies import make_cinema
from testing.clock import end_hold
from testing.jobs import run_jobs


class RecordingTests(Paying, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.clerk = make_clerk("record_payment")

    def record(self, order, *, user=None, key="", **body):
        client = self.client_of(user or self.clerk)
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/api/orders/{order.code}/payments/record/"
        return client.post(path, {"kind": "cash", **body}, format="json", headers=headers)

    def test_cash_books_a_hold(self):
        order = self.hold("1", "2")
        answer = self.record(order).json()
        self.assertEqual((answer["status"], answer["amount"]), ("succeeded", "20.00"))
        self.assert_order(order, "booked", paid="20.00", due="0.00")
        payment = Payment.objects.get()
        self.assertEqual((payment.recorded_by, payment.kind), (self.clerk, "cash"))
        entry = Entry.objects.get(verb="record_payment")
        self.assertEqual(entry.after["order"], order.code)

    @override_settings(PAYMENTS="required")
    def test_cash_books_a_hold_where_payment_is_required(self):
        order = self.hold("1")
        self.record(order)
        self.assert_order(order, "booked", paid="10.00")

    def test_a_payment_may_be_split(self):
        order = self.hold("1", "2")
        self.record(order, amount="5.00")
        self.assert_order(order, "held", paid="5.00", due="15.00")
        self.record(order, kind="terminal", reference="0417")
        self.assert_order(order, "booked", paid="20.00", due="0.00")
        kinds = Payment.objects.order_by("settled_at").values_list("kind", "amount")
        self.assertEqual(list(kinds), [("cash", Decimal(5)), ("terminal", Decimal(15))])

    def test_an_order_that_was_booked_without_money_is_paid_at_the_counter(self):
        order = self.hold("1")
        self.post(f"/api/orders/{order.code}/confirm/")
        self.record(order)
        self.assert_order(order, "booked", paid="10.00", due="0.00")

    def test_more_than_is_due_is_not_recorded(self):
        order = self.hold("1")
        for amount in ("10.01", "0", "0.001"):
            response = self.record(order, amount=amount)
            self.assert_problem(response, 400, "invalid", field="amount")
        self.assertFalse(Payment.objects.exists())
        self.record(order)
        self.assert_problem(self.record(order), 409, "nothing_due")

    def test_a_receipt_is_for_one_payment(self):
        first, second = self.hold("1"), self.hold("2")
        self.record(first, kind="terminal", reference="0417")
        response = self.record(second, kind="terminal", reference="0417")
        self.assert_problem(response, 409, "payment_used")
        self.assertEqual(self.record(second, kind="external", reference="0417").status_code, 201)

    def test_a_request_that_is_sent_again_records_once(self):
        order = self.hold("1")
        first = self.record(order, amount="4.00", key="a")
        again = self.record(order, amount="4.00", key="a")
        self.assertEqual(first.json(), again.json())
        self.assertEqual(Payment.objects.count(), 1)

    def test_an_expired_hold_is_not_paid(self):
        order = self.hold("1")
        end_hold(order)
        self.assert_problem(self.record(order), 409, "hold_expired")

    def test_money_for_a_hold_that_expires_is_given_back(self):
        order = self.hold("1", "2")
        self.record(order, amount="5.00")
        end_hold(order)
        services.refund_order(order=order)
        self.assertEqual(Refund.objects.get().amount, Decimal(5))

    def test_customers_and_staff_without_the_right_record_nothing(self):
        order = self.hold("1")
        for user in (self.alice, make_clerk("view_payment", username="other")):
            self.assert_problem(self.record(order, user=user), 403, "permission_denied")

    def test_staff_record_in_their_cinemas_only(self):
        order = self.hold("1")
        StaffCinema.objects.create(user=self.clerk, cinema=make_cinema())
        self.assert_problem(self.record(order), 403, "permission_denied")


class PaidOutTests(Paying, TestCase):
    """Refunds that no gateway makes."""

    def setUp(self):
        super().setUp()
        self.boss = make_staff("boss")
        self.order = self.hold("1")
        services.record_payment(order=self.order, kind="cash", by=self.boss)
        self.post(f"/api/orders/{self.order.code}/cancel/")
        run_jobs()
        self.refund = Refund.objects.get()

    def test_cash_waits_until_it_is_paid_out(self):
        self.assertEqual((self.refund.status, self.refund.amount), ("due", Decimal(10)))
        services.pay_out_refund(refund=self.refund, by=self.boss)
        self.refund.refresh_from_db()
        self.assertEqual((self.refund.status, self.refund.settled_by), ("succeeded", self.boss))
        self.assertTrue(Entry.objects.filter(verb="pay_out_refund").exists())

    def test_it_is_paid_out_once(self):
        services.pay_out_refund(refund=self.refund, by=self.boss)
        with self.assertRaises(RefundSettled):
            services.pay_out_refund(refund=self.refund, by=self.boss)

    def test_running_the_job_again_opens_no_second_refund(self):
        self.assertEqual(services.refund_order(order=self.order), [])
        self.assertEqual(Refund.objects.count(), 1)
