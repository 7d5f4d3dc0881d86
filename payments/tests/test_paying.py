"""Paying online, with the test gateway: from a hold to a booked order, or back."""

from decimal import Decimal
from uuid import uuid4

from django.test import TestCase, override_settings

from bookings.models import Booking, Order
from payments.models import Payment, Refund, TestRefund, TestSession
from payments.tests.paying import Paying
from testing.builders.accounts import make_user
from testing.builders.bookings import hold_order
from testing.clock import end_hold, later
from testing.jobs import run_jobs


@override_settings(TEST_GATEWAY=True)
class PayingTests(Paying, TestCase):
    def test_a_hold_is_booked_when_it_is_paid(self):
        order = self.hold("1", "2")
        answer = self.open_payment(order, outcome="pay")
        self.assertEqual((answer["amount"], answer["status"]), ("20.00", "pending"))
        run_jobs()
        self.assert_order(order, "booked", paid="20.00", due="0.00", refundable="20.00")

    def test_the_customer_who_comes_back_need_not_wait_for_a_message(self):
        order = self.hold("1")
        payment = self.open_payment(order, outcome="pay")
        answer = self.post(f"/api/payments/{payment['id']}/refresh/").json()
        self.assertEqual(answer["status"], "succeeded")
        self.assert_order(order, "booked", paid="10.00", due="0.00")

    def test_a_declined_payment_leaves_the_hold_and_another_may_be_opened(self):
        order = self.hold("1")
        first = self.open_payment(order, outcome="decline")
        run_jobs()
        self.assert_order(order, "held", paid="0.00", due="10.00")
        second = self.open_payment(order, outcome="pay")
        self.assertNotEqual(first["id"], second["id"])
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")

    def test_opening_again_returns_the_open_payment(self):
        order = self.hold("1")
        first, second = self.open_payment(order), self.open_payment(order)
        self.assertEqual(first["id"], second["id"])
        self.assertEqual(TestSession.objects.count(), 1)

    def test_a_payment_extends_the_hold_as_far_as_its_rules_allow(self):
        order = self.hold("1")
        payment = self.open_payment(order)
        order.refresh_from_db()
        self.assertEqual(order.expires_at, order.extendable_until)
        self.assertEqual(Payment.objects.get(pk=payment["id"]).expires_at, order.expires_at)

    def test_an_open_payment_of_another_amount_is_closed_first(self):
        order = self.hold("1")
        first = self.open_payment(order)
        self.post(f"/api/orders/{order.code}/move/", {"seat_numbers": ["2", "3"]})
        second = self.open_payment(order, outcome="pay")
        self.assertEqual(second["amount"], "20.00")
        self.assertEqual(Payment.objects.get(pk=first["id"]).status, "cancelled")
        self.assertEqual(TestSession.objects.get(key=first["id"]).status, "closed")

    def test_money_that_comes_twice_goes_back_once(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay_twice")
        run_jobs()
        self.assert_order(order, "booked", paid="10.00", due="0.00")
        self.assertEqual(
            list(TestRefund.objects.values_list("amount", flat=True)), [Decimal("10.00")]
        )
        self.assertEqual(Refund.objects.get().reason, "surplus")

    def test_late_money_takes_the_same_seats_if_they_are_free(self):
        order = self.hold("1", "2")
        self.open_payment(order, outcome="pay_late")
        with later(minutes=25):
            run_jobs()
            self.assert_order(order, "booked", paid="20.00", due="0.00")
        seats = Booking.objects.filter(order=order, status="booked")
        self.assertEqual(sorted(seats.values_list("seat_number", flat=True)), ["1", "2"])

    def test_late_money_takes_the_seats_of_a_hold_that_was_written_down_as_expired(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay_late")
        with later(minutes=25):
            other = hold_order(user=make_user("bob"), show=self.show, seats=["1"])
            end_hold(other)
        with later(minutes=50):
            run_jobs()
            self.assert_order(order, "booked", paid="10.00", due="0.00")

    def test_late_money_goes_back_if_a_seat_is_gone(self):
        order = self.hold("1", "2")
        self.open_payment(order, outcome="pay_late")
        with later(minutes=25):
            hold_order(user=make_user("bob"), show=self.show, seats=["2"])
            run_jobs()
            self.assert_order(order, "expired", paid="0.00", due="0.00", refundable="0.00")
        refund = Refund.objects.get()
        self.assertEqual((refund.reason, refund.status), ("late", "succeeded"))
        self.assertEqual(TestRefund.objects.get().amount, Decimal("20.00"))

    def test_late_money_goes_back_once_the_sale_is_over(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay_late")
        with later(days=2):
            run_jobs()
            self.assert_order(order, "expired", paid="0.00")
        self.assertEqual(TestRefund.objects.get().amount, Decimal("10.00"))

    def test_money_for_an_order_that_was_cancelled_takes_its_seats_again(self):
        order = self.hold("1")
        payment = self.open_payment(order)
        self.post(f"/api/orders/{order.code}/cancel/")
        self.pay_at_bank(payment)
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")

    def test_a_cancelled_order_gives_back_what_was_paid(self):
        order = self.hold("1", "2")
        self.open_payment(order, outcome="pay")
        run_jobs()
        self.post(f"/api/orders/{order.code}/cancel/", {"seat_numbers": ["1"]})
        run_jobs()
        self.assert_order(order, "booked", paid="10.00", refundable="10.00")
        self.post(f"/api/orders/{order.code}/cancel/")
        run_jobs()
        self.assert_order(order, "cancelled", paid="0.00", refundable="0.00")
        self.assertEqual(
            list(TestRefund.objects.values_list("amount", flat=True)), [Decimal(10), Decimal(10)]
        )
        for refund in Refund.objects.all():
            self.assertEqual(refund.reason, "cancelled")
            self.assertEqual(refund.lines.get().amount, Decimal(10))

    def test_an_order_that_nobody_paid_gives_nothing_back(self):
        order = self.hold("1")
        self.post(f"/api/orders/{order.code}/confirm/", {"payment_reference": "I have paid"})
        self.post(f"/api/orders/{order.code}/cancel/")
        run_jobs()
        self.assert_order(order, "cancelled", paid="0.00", refundable="0.00")
        self.assertFalse(Refund.objects.exists())

    def test_a_move_that_costs_more_leaves_the_difference_due(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay")
        run_jobs()
        answer = self.post(
            f"/api/orders/{order.code}/move/",
            {"seats": [{"seat_number": "9", "ticket_type": "Deluxe"}]},
        ).json()
        self.assertEqual((answer["difference"], answer["due"]), ("5.00", "5.00"))
        self.open_payment(order, outcome="pay")
        run_jobs()
        self.assert_order(order, "booked", paid="15.00", due="0.00")

    def test_servers_whose_clocks_differ_give_nothing_back_by_mistake(self):
        with later(seconds=30):
            order = self.hold("1")
        self.open_payment(order, outcome="pay")
        run_jobs()
        self.assert_order(order, "booked", paid="10.00", due="0.00", refundable="10.00")
        with later(seconds=30):
            dearer = {"seats": [{"seat_number": "9", "ticket_type": "Deluxe"}]}
            self.post(f"/api/orders/{order.code}/move/", dearer)
        self.open_payment(order, outcome="pay")
        run_jobs()
        self.assert_order(order, "booked", paid="15.00", due="0.00", refundable="15.00")
        with later(seconds=-30):
            self.post(f"/api/orders/{order.code}/cancel/")
        run_jobs()
        self.assert_order(order, "cancelled", paid="0.00", refundable="0.00")
        self.assertFalse(Refund.objects.exclude(reason="cancelled").exists())

    def test_nothing_is_opened_for_an_order_without_a_price(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay")
        run_jobs()
        response = self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test"})
        self.assert_problem(response, 409, "nothing_due")

    def test_an_unknown_gateway_is_named_with_the_known_ones(self):
        order = self.hold("1")
        response = self.post(f"/api/orders/{order.code}/payments/", {"gateway": "bank"})
        self.assert_problem(response, 400, "gateway_unknown", gateways=["test"])

    @override_settings(TEST_GATEWAY=False)
    def test_without_a_gateway_nothing_can_be_opened(self):
        order = self.hold("1")
        response = self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test"})
        self.assert_problem(response, 400, "gateway_unknown", gateways=[])
        self.assertEqual(self.client.get(f"/test-gateway/{uuid4()}/").status_code, 404)

    def test_an_expired_hold_cannot_be_paid(self):
        order = self.hold("1")
        end_hold(order)
        response = self.post(f"/api/orders/{order.code}/payments/", {"gateway": "test"})
        self.assert_problem(response, 409, "hold_expired")

    def test_payments_of_others_are_out_of_reach(self):
        order = self.hold("1")
        payment = self.open_payment(order)
        bob = self.client_of(make_user("bob"))
        for response in (
            bob.get(f"/api/payments/{payment['id']}/"),
            bob.post(f"/api/payments/{payment['id']}/refresh/"),
            bob.get(f"/api/orders/{order.code}/payments/"),
            bob.post(f"/api/orders/{order.code}/payments/", {"gateway": "test"}),
        ):
            self.assert_problem(response, 403, "permission_denied")


@override_settings(TEST_GATEWAY=True, PAYMENTS="required")
class PaymentRequiredTests(Paying, TestCase):
    def test_what_costs_something_is_not_booked_at_once(self):
        response = self.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "1"})
        self.assert_problem(response, 402, "payment_required", due="10.00", pay_at="")
        self.assertFalse(Order.objects.exists())

    def test_a_hold_is_not_confirmed_without_money(self):
        order = self.hold("1")
        response = self.post(f"/api/orders/{order.code}/confirm/", {"payment_reference": "x"})
        self.assert_problem(
            response,
            402,
            "payment_required",
            due="10.00",
            pay_at=f"/api/orders/{order.code}/payments/",
        )
        self.assert_order(order, "held", paid="0.00")

    def test_a_paid_hold_is_booked(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay")
        run_jobs()
        self.assert_order(order, "booked", paid="10.00")
        again = self.post(f"/api/orders/{order.code}/confirm/")
        self.assertEqual(again.status_code, 200, again.content)

    def test_a_move_that_costs_more_is_not_made_without_the_difference(self):
        order = self.hold("1")
        self.open_payment(order, outcome="pay")
        run_jobs()
        response = self.post(
            f"/api/orders/{order.code}/move/",
            {"seats": [{"seat_number": "9", "ticket_type": "Deluxe"}]},
        )
        self.assert_problem(response, 402, "payment_required", due="5.00", pay_at="")
        self.assert_order(order, "booked", paid="10.00", due="0.00")
