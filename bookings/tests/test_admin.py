from datetime import timedelta

from django.contrib.auth.models import Permission
from django.test import TestCase
from django.utils import timezone

from accounts.tests.builders import make_staff, make_user
from bookings.tests.builders import block_seat, make_booking
from movies.tests.builders import make_show


class BookingAdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.booking = make_booking(user=cls.alice, show=make_show(), seat_number="7")

    def setUp(self):
        self.client.force_login(self.staff)

    def cancel(self, *bookings):
        return self.client.post(
            "/admin/bookings/booking/",
            {"action": "cancel", "_selected_action": [booking.pk for booking in bookings]},
            follow=True,
        )

    def test_staff_cancel_and_it_is_recorded_who_did(self):
        response = self.cancel(self.booking)
        self.assertContains(response, "Bookings cancelled: 1.")
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "cancelled")
        self.assertEqual(self.booking.cancelled_by, self.staff)
        self.assertEqual(self.booking.cancel_reason, "Cancelled by staff")
        self.assertEqual(self.booking.order.status, "cancelled")

    def test_what_cannot_be_cancelled_is_said_and_the_rest_is_done(self):
        gone = make_booking(user=self.alice, show=make_show(), status="cancelled")
        late = make_booking(
            user=self.alice, show=make_show(starts_at=timezone.now() - timedelta(hours=1))
        )
        response = self.cancel(self.booking, gone, late)
        self.assertContains(response, "cancelled already")
        self.assertContains(response, "too late to cancel")
        self.assertContains(response, "Bookings cancelled: 1.")
        late.refresh_from_db()
        self.assertEqual(late.status, "booked")

    def test_nothing_is_added_changed_or_deleted_by_hand(self):
        for model, pk in [("booking", self.booking.pk), ("order", self.booking.order_id)]:
            with self.subTest(model=model):
                base = f"/admin/bookings/{model}"
                self.assertEqual(self.client.get(f"{base}/add/").status_code, 403)
                self.assertEqual(self.client.get(f"{base}/{pk}/delete/").status_code, 403)
                self.assertContains(self.client.get(f"{base}/{pk}/change/"), "View")
                self.assertEqual(
                    self.client.post(f"{base}/{pk}/change/", {"status": "held"}).status_code, 403
                )
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_who_may_only_look_cannot_cancel(self):
        clerk = make_user("clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_booking"))
        self.client.force_login(clerk)
        self.assertNotContains(
            self.client.get("/admin/bookings/booking/"), "Cancel selected bookings"
        )
        self.cancel(self.booking)
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "booked")

    def test_lists_cost_the_same_at_any_length(self):
        for url, queries in [("/admin/bookings/booking/", 7), ("/admin/bookings/order/", 7)]:
            for more in [0, 20]:
                for _ in range(more):
                    make_booking(user=self.alice, show=make_show())
                with self.subTest(url=url, more=more), self.assertNumQueries(queries):
                    self.assertEqual(self.client.get(url).status_code, 200)

    def test_lists_are_searched_by_code_name_and_title(self):
        code = self.booking.order.code
        for url in ["/admin/bookings/booking/", "/admin/bookings/order/"]:
            for word in [code, "alice", "Alien"]:
                with self.subTest(url=url, word=word):
                    self.assertContains(self.client.get(url, {"q": word}), code)
            self.assertNotContains(self.client.get(url, {"q": "nobody"}), code)

    def test_a_blocked_seat_without_order_is_listed(self):
        block_seat(show=make_show(), seat_number="99", by=self.staff)
        self.assertContains(self.client.get("/admin/bookings/booking/"), "99")
