"""The projector breaks: staff refund in full after the start, and customers cannot."""

from decimal import Decimal

from bookings import services
from bookings.errors import CancelTooLate
from bookings.tests.cases import BOOKINGS, ORDERS, AdminTestCase
from testing.builders.accounts import client_of, make_clerk
from testing.builders.bookings import make_order
from testing.builders.movies import make_show
from testing.clock import past

FULL = "cancel_in_full"
RULE = "cancel_by_rule"


class RefundAfterStartTests(AdminTestCase):
    def started(self, **ago):
        show = make_show(starts_at=past(**ago), price=10)
        return make_order(user=self.alice, show=show, seats=["1", "2"], price=10)

    def test_the_service_refunds_in_full_after_the_start_and_not_by_the_rule(self):
        for ago in ({"minutes": 20}, {"days": 3}):
            order = self.started(**ago)
            with self.assertRaises(CancelTooLate):
                services.cancel_order(order=order, by=self.staff, reason="x")
            done = services.cancel_order(
                order=order, by=self.staff, seat_numbers=["1"], reason="x", is_full_refund=True
            )
            self.assertEqual([each.refund for each in done.cancelled], [Decimal(10)])
            booking = services.cancel_booking(
                booking=order.bookings.get(seat_number="2"), by=self.staff, is_full_refund=True
            )
            self.assertEqual((booking.refund, booking.status), (Decimal(10), "cancelled"))

    def test_the_admin_offers_it_and_records_who_and_why(self):
        order = self.started(minutes=20)
        selected = {"_selected_action": [order.pk]}
        page = self.client.post(ORDERS, {"action": RULE, **selected})
        self.assertContains(page, "too late to cancel")
        page = self.client.post(ORDERS, {"action": FULL, **selected})
        self.assertContains(page, "2 seats to cancel, <b>20.00 GBP</b> to refund.")
        self.client.post(ORDERS, {"action": FULL, "reason": "Projector", **selected})
        order.refresh_from_db()
        self.assertEqual(order.status, "cancelled")
        for booking in order.bookings.all():
            self.assertEqual(
                (booking.refund, booking.cancelled_by, booking.cancel_reason),
                (Decimal(10), self.staff, "Projector"),
            )

    def test_customers_are_still_refused(self):
        order = self.started(minutes=20)
        client = client_of(self.alice)
        for path in (f"orders/{order.code}", f"bookings/{order.bookings.first().pk}"):
            response = client.post(f"/api/{path}/cancel/")
            self.assertEqual(response.json()["code"], "cancel_too_late", response.content)
        self.assertEqual(client.get(f"/api/orders/{order.code}/cancel/preview/").status_code, 400)

    def test_staff_without_the_right_are_refused(self):
        order = self.started(minutes=20)
        self.client.force_login(make_clerk("view_order", "view_booking", username="usher"))
        for url, pk in [(ORDERS, order.pk), (BOOKINGS, order.bookings.first().pk)]:
            self.client.post(url, {"action": FULL, "_selected_action": [pk], "reason": "Projector"})
        self.assertEqual(order.bookings.filter(status="booked").count(), 2)

    def test_the_page_of_a_show_says_that_it_is_over(self):
        order = self.started(days=1)
        show = order.show
        url = f"/admin/bookings/booking/show/{show.pk}/"
        page = self.client.get(url)
        self.assertContains(page, "This show is over: it ended on")
        self.assertContains(page, "Cancel the show, although it is over")
        running = self.started(minutes=20).show
        page = self.client.get(f"/admin/bookings/booking/show/{running.pk}/")
        self.assertContains(page, "This show has started.")
        self.assertNotContains(page, "is over")
        upcoming = make_show()
        page = self.client.get(f"/admin/bookings/booking/show/{upcoming.pk}/")
        self.assertNotContains(page, "is over")
        self.assertNotContains(page, "has started")
