"""The page of a show's seats in the admin."""

from datetime import UTC, datetime
from decimal import Decimal

from django.test import Client, TestCase
from django.utils import timezone

from bookings.models import Booking, Order
from movies.models import Show
from testing.builders.accounts import allow, make_clerk, make_staff, make_user
from testing.builders.bookings import block_seat, make_booking, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.clock import past


class SeatsPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.alice = make_staff(), make_user("alice")
        cls.show = make_show(
            movie=make_movie("Alien"),
            screen=make_screen(cinema=make_cinema(name="Astoria", time_zone="Asia/Tokyo")),
            starts_at=datetime(2040, 6, 10, 11, tzinfo=UTC),
            seating_plan=make_seating_plan("A  ssss_ssss\nB  ssss_ssss\n"),
        )
        cls.url = f"/admin/bookings/booking/show/{cls.show.pk}/"
        cls.sold = make_booking(user=cls.alice, show=cls.show, seat_number="B7")

    def setUp(self):
        self.client.force_login(self.staff)

    def send(self, do, **fields):
        return self.client.post(self.url, {"do": do, **fields})

    def blocked(self):
        found = self.show.bookings.filter(status=Booking.Status.BLOCKED)
        return sorted(found.values_list("seat_number", flat=True))

    def assert_form_error(self, response, sentence, form="seats_form"):
        self.assertEqual(response.status_code, 200)
        errors = [text for texts in response.context[form].errors.values() for text in texts]
        self.assertIn(sentence, " ".join(errors))

    def test_picture_and_counts_are_current(self):
        block_seat(show=self.show, seat_number="A1", by=self.staff)

        page = self.client.get(self.url)

        self.assertContains(page, 'data-seat="B7" data-status="booked"')
        self.assertContains(page, 'data-seat="A1" data-status="blocked"')
        self.assertContains(page, 'data-seat="A2" data-status="available"')
        self.assertEqual(
            page.context["counts"], [("sold", 1), ("held", 0), ("blocked", 1), ("available", 14)]
        )
        self.assertContains(page, "Alien, Sun 10 Jun 2040 20:00")
        self.assertContains(page, f"cinema={self.show.screen.cinema_id}&amp;day=2040-06-10")

    def test_seats_in_any_spelling_are_blocked_with_user_and_reason(self):
        response = self.send("block", seat_numbers=" a01, A2;b3\r\nA1 ", reason="Broken <sofa>")

        self.assertRedirects(response, self.url)
        self.assertEqual(self.blocked(), ["A1", "A2", "B3"])
        booking = Booking.objects.get(seat_number="A1")
        self.assertEqual((booking.blocked_by, booking.block_reason), (self.staff, "Broken <sofa>"))
        page = self.client.get(self.url)
        self.assertContains(page, "A1, A2, B3")
        self.assertContains(page, "Broken &lt;sofa&gt;")

    def test_message_names_the_change(self):
        page = self.client.post(
            self.url, {"do": "block", "seat_numbers": "A1 A2", "reason": "Broken"}, follow=True
        )
        self.assertContains(page, "Blocked: A1, A2.")
        page = self.client.post(self.url, {"do": "unblock", "seat_numbers": "A2"}, follow=True)
        self.assertContains(page, "On sale again: A2.")

    def test_unblocked_seats_are_on_sale_and_record_the_user(self):
        for number in ("A1", "A2"):
            block_seat(show=self.show, seat_number=number, by=self.staff)
        other = make_staff("other")
        self.client.force_login(other)

        self.assertRedirects(self.send("unblock", seat_numbers="A1", reason="Mended"), self.url)

        self.assertEqual(self.blocked(), ["A2"])
        booking = Booking.objects.get(seat_number="A1")
        self.assertEqual(booking.status, "cancelled")
        self.assertEqual((booking.cancelled_by, booking.cancel_reason), (other, "Mended"))

    def test_sold_seat_is_named_and_none_is_blocked(self):
        response = self.send("block", seat_numbers="A1 B7", reason="Broken")

        self.assert_form_error(response, "Seat B7 is no longer available.")
        self.assertContains(response, "A1 B7")
        self.assertEqual(self.blocked(), [])

    def test_invalid_input_is_explained_in_a_sentence(self):
        for numbers, reason, sentence in [
            ("Z9", "Broken", "This show has no seat Z9: its seats are A1 to B8."),
            ("A-1 B7 <i>", "Broken", "A-1 is not a seat number: use letters"),
            ("１", "Broken", "１ is not a seat number"),
            ("A1\0", "Broken", "Null characters are not allowed."),
            ("A" * 60_000, "Broken", "at most 50000 characters"),
            ("", "Broken", "This field is required."),
            (" , ", "Broken", "is not a seat number"),
            ("A1", "", "This field is required."),
            ("A1", "x" * 201, "at most 200 characters"),
        ]:
            with self.subTest(numbers=numbers[:10], reason=reason[:10]):
                response = self.send("block", seat_numbers=numbers, reason=reason)
                self.assert_form_error(response, sentence)
                self.assertNotContains(response, "<i>")
        self.assertEqual(self.blocked(), [])

    def test_only_blocked_seats_can_be_unblocked(self):
        block_seat(show=self.show, seat_number="A1", by=self.staff)

        response = self.send("unblock", seat_numbers="A1 A2 B7")

        self.assert_form_error(response, "Seats A2, B7 are not blocked.")
        self.assertEqual(self.blocked(), ["A1"])

    def test_show_is_cancelled_with_reason_and_user(self):
        self.assert_form_error(self.send("cancel"), "This field is required.", "cancel_form")

        self.assertRedirects(self.send("cancel", cancel_reason="No <power>"), self.url)

        self.show.refresh_from_db()
        self.assertTrue(self.show.is_cancelled)
        self.assertEqual(
            (self.show.cancelled_by, self.show.cancel_reason), (self.staff, "No <power>")
        )
        page = self.client.get(self.url)
        self.assertContains(page, "This show is cancelled, by staff: No &lt;power&gt;")
        self.assertNotContains(page, 'value="cancel"')
        self.assertNotContains(page, 'value="block"')

        self.assertRedirects(self.send("cancel", cancel_reason="Again"), self.url)
        self.show.refresh_from_db()
        self.assertEqual(self.show.cancel_reason, "No <power>")

    def test_page_says_which_orders_a_cancellation_would_end(self):
        self.assertContains(self.client.get(self.url), "1 booked order: 0.00 GBP to refund.")
        make_order(user=self.alice, show=self.show, seats=["A1", "A2"], price=Decimal("9.55"))
        make_order(user=self.alice, show=self.show, seats=["A3"], price=9, status="held")
        make_order(user=self.alice, show=self.show, seats=["A4"], status="held", expires_at=past())
        make_order(user=self.alice, show=self.show, seats=["B1"], price=9, status="cancelled")

        page = self.client.get(self.url)

        self.assertContains(page, "2 booked orders and 1 held: 19.10 GBP to refund.")
        self.assertNotContains(page, 'value="go_on"')

    def test_interrupted_cancellation_can_be_continued(self):
        held = make_order(user=self.alice, show=self.show, seats=["A1"], price=9, status="held")
        Show.objects.filter(pk=self.show.pk).update(
            cancelled_at=timezone.now(), cancelled_by=self.staff, cancel_reason="No power"
        )
        self.assertContains(self.client.get(self.url), "Cancel the remaining 2 orders")

        self.client.force_login(make_staff("other"))
        page = self.client.post(self.url, {"do": "go_on"}, follow=True)

        self.assertContains(page, "The orders of the show are cancelled.")
        self.assertNotContains(page, 'value="go_on"')
        for booking in (self.sold, held.bookings.get()):
            booking.refresh_from_db()
            self.assertEqual((booking.status, booking.cancelled_by), ("cancelled", self.staff))
        self.show.refresh_from_db()
        self.assertEqual(self.show.cancel_reason, "No power")

    def test_lapsed_holds_do_not_count_as_an_interrupted_cancellation(self):
        Order.objects.update(status="cancelled")
        make_order(user=self.alice, show=self.show, seats=["A4"], status="held", expires_at=past())
        Show.objects.filter(pk=self.show.pk).update(cancelled_at=timezone.now())
        self.assertNotContains(self.client.get(self.url), 'value="go_on"')

    def test_show_that_is_not_cancelled_cannot_be_continued(self):
        self.assertEqual(self.send("go_on").status_code, 200)
        self.show.refresh_from_db()
        self.sold.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)
        self.assertEqual(self.sold.status, "booked")

    def test_seat_in_any_spelling_leads_to_its_history(self):
        self.assertContains(self.client.get(self.url), 'name="seat"')
        for typed in ("b7", " B07 "):
            response = self.client.get(self.url, {"seat": typed})
            self.assertRedirects(response, f"{self.url}seat/B7/")
        Show.objects.filter(pk=self.show.pk).update(seating_plan=None, total_seats=5)
        self.assertRedirects(self.client.get(self.url, {"seat": "B7"}), f"{self.url}seat/B7/")

    def test_invalid_seat_is_explained_in_a_sentence(self):
        for typed, sentence in [
            ("Z9", "This show has no seat Z9: its seats are A1 to B8."),
            ("A-1", "A seat number has only letters A to Z and digits."),
            ("<i>", "A seat number has only letters A to Z and digits."),
            ("", "This field is required."),
            ("A1\0", "Null characters are not allowed."),
            ("A" * 101, "at most 100 characters"),
        ]:
            with self.subTest(typed=typed[:10]):
                page = self.client.get(self.url, {"seat": typed})
                self.assertContains(page, sentence)
                self.assertNotContains(page, "<i>")

    def test_each_action_needs_its_permission(self):
        clerk = make_clerk()
        self.client.force_login(clerk)
        self.assertEqual(self.client.get(self.url).status_code, 403)

        allow(clerk, "view_show")
        page = self.client.get(self.url)
        self.assertEqual(page.status_code, 200)
        self.assertNotContains(page, 'name="seat"')
        self.assertEqual(self.client.get(self.url, {"seat": "B7"}).status_code, 200)
        for do in ("block", "unblock", "cancel"):
            self.assertNotContains(page, f'value="{do}"')
            response = self.send(do, seat_numbers="A1", reason="Broken", cancel_reason="Broken")
            self.assertEqual(response.status_code, 403)

        allow(clerk, "block_seats")
        page = self.client.get(self.url)
        self.assertContains(page, 'value="block"')
        self.assertNotContains(page, 'value="cancel"')
        self.assertEqual(self.send("block", seat_numbers="A1", reason="Broken").status_code, 302)
        self.assertEqual(self.send("cancel", cancel_reason="Broken").status_code, 403)

        allow(clerk, "change_show")
        self.assertEqual(self.send("unblock", seat_numbers="A1").status_code, 403)
        self.assertEqual(self.send("cancel", cancel_reason="Broken").status_code, 302)

        self.assertEqual(self.blocked(), ["A1"])

        self.sold.order.status = "booked"
        self.sold.order.save()
        allow(clerk, "view_show")
        self.assertNotContains(self.client.get(self.url), 'value="go_on"')
        self.assertEqual(self.send("go_on").status_code, 403)

    def test_customers_are_sent_to_the_login(self):
        self.client.force_login(self.alice)
        self.assertRedirects(
            self.client.get(self.url),
            f"/admin/login/?next={self.url}",
            fetch_redirect_response=False,
        )

    def test_form_from_another_site_is_refused(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        form = {"do": "block", "seat_numbers": "A1", "reason": "Broken"}
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(client.post(self.url, form).status_code, 403)
        self.assertEqual(self.blocked(), [])

    def test_unknown_actions_do_nothing(self):
        for do in ("", "delete"):
            self.assertEqual(self.send(do, seat_numbers="A1", reason="x").status_code, 200)
        self.assertEqual(self.blocked(), [])

    def test_unknown_show_is_404(self):
        for number in (0, 2**70):
            response = self.client.get(f"/admin/bookings/booking/show/{number}/")
            self.assertEqual(response.status_code, 404)

    def test_numbered_show_has_a_picture(self):
        show = make_show(total_seats=12)
        page = self.client.get(f"/admin/bookings/booking/show/{show.pk}/")
        self.assertContains(page, 'data-seat="12" data-status="available"')

    def test_page_costs_the_same_queries_at_any_size(self):
        self.client.get(self.url)  # reads the plan, once a process
        numbers = iter(sorted(set(self.show.seats_by_number) - {"B7"}))
        for more in (1, 5):
            for _ in range(more):
                make_booking(user=self.alice, show=self.show, seat_number=next(numbers))
                block_seat(show=self.show, seat_number=next(numbers), by=self.staff)
            # session, user, show, seats, prices, blocked seats, orders to cancel
            with self.subTest(more=more), self.assertNumQueries(7):
                self.assertEqual(self.client.get(self.url).status_code, 200)
