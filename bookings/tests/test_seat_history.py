"""The history of a seat in the admin."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from bookings.admin import seat_history
from bookings.models import Booking
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
from testing.cases import APIAssertions
from testing.clock import past


class SeatHistoryTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.alice, cls.bob = make_user("alice"), make_user("bob<b>")
        cls.movie = make_movie("Alien")
        cls.cinema = make_cinema(time_zone="Asia/Tokyo", currency="USD", refund_tiers={2: 50})
        cls.show = make_show(
            movie=cls.movie,
            screen=make_screen(cinema=cls.cinema),
            starts_at=datetime(2040, 6, 10, 11, tzinfo=UTC),
            seating_plan=make_seating_plan("A  ssss_ssss\nB  ssss_ssss\n"),
            price=Decimal("9.50"),
        )

    def setUp(self):
        super().setUp()
        self.client.force_login(self.staff)

    def url(self, seat_number="A1", show=None):
        return f"/admin/bookings/booking/show/{(show or self.show).pk}/seat/{seat_number}/"

    def history(self, seat_number="A1", show=None):
        """Return ([(status, [(sentence, request id)])], the page)."""
        page = self.client.get(self.url(seat_number, show))
        self.assertEqual(page.status_code, 200)
        entries = [
            (booking.status_now, [(event.sentence, event.request_id) for _, event in events])
            for booking, events in page.context["entries"]
        ]
        return entries, page

    def send(self, user, url, body=None, request_id="", status=200):
        response = self.client_of(user).post(url, body or {}, headers={"X-Request-ID": request_id})
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def hold(self, *seats, user=None, request_id="hold-1"):
        body = {"seat_numbers": seats}
        url = f"/api/shows/{self.show.pk}/hold/"
        return self.send(user or self.alice, url, body, request_id, 201)["code"]

    def test_history_has_hold_confirmation_and_cancellation_with_their_requests(self):
        code = self.hold("A1")
        self.send(
            self.alice, f"/api/orders/{code}/confirm/", {"payment_reference": "pi<1>"}, "confirm-1"
        )
        self.send(self.alice, f"/api/orders/{code}/cancel/", {"reason": "Ill <i>."}, "cancel-1")

        entries, page = self.history()

        self.assertEqual(
            entries,
            [
                (
                    "cancelled",
                    [
                        ("Held.", "hold-1"),
                        ("Confirmed: booked, payment pi<1>.", "confirm-1"),
                        (
                            "Cancelled by alice: Ill <i>. To refund: 4.75 of 9.50 USD.",
                            "cancel-1",
                        ),
                    ],
                )
            ],
        )
        self.assertContains(page, "Ill &lt;i&gt;")
        self.assertContains(page, "pi&lt;1&gt;")
        self.assertContains(page, "Adult, 9.50 USD")
        order_url = f"/admin/bookings/order/{Booking.objects.get().order_id}/change/"
        self.assertContains(page, f'<a href="{order_url}">{code}</a>')

    def test_bookings_are_in_the_order_of_time(self):
        url = f"/api/shows/{self.show.pk}/book/"
        booking = self.send(self.alice, url, {"seat_number": "A1"}, "book-1", 201)
        self.send(self.alice, f"/api/bookings/{booking['id']}/cancel/", {}, "cancel-1")
        api = f"/api/shows/{self.show.pk}"
        body = {"seat_numbers": ["A1"], "reason": "Broken."}
        self.send(self.staff, f"{api}/block/", body, "block-1")
        self.send(self.staff, f"{api}/unblock/", {"seat_numbers": ["A1"]}, "unblock-1")
        self.send(self.bob, url, {"seat_number": "A1"}, "book-2", 201)

        entries, page = self.history()

        self.assertEqual(
            entries,
            [
                (
                    "cancelled",
                    [
                        ("Booked.", "book-1"),
                        ("Cancelled by alice. To refund: 4.75 of 9.50 USD.", "cancel-1"),
                    ],
                ),
                (
                    "cancelled",
                    [
                        ("Kept off sale by staff: Broken.", "block-1"),
                        ("Put back on sale by staff.", "unblock-1"),
                    ],
                ),
                ("booked", [("Booked.", "book-2")]),
            ],
        )
        self.assertContains(page, "<b>bob&lt;b&gt;</b>", html=True)

    def test_lapsed_hold_is_expired_whatever_its_row_says(self):
        ended = past()
        made = {"user": self.alice, "show": self.show, "seat_number": "A1", "status": "held"}
        make_booking(**made, expires_at=ended, created_at=ended - timedelta(minutes=10))

        [(status, events)], page = self.history()

        self.assertEqual(status, "expired")
        at = f"{ended + timedelta(hours=9):%a %d %b %Y %H:%M:%S}"
        self.assertEqual(events[0][0], f"Held until {at}.")
        self.assertIn("The hold expired without being confirmed.", events[1][0])
        self.assertIn("The seat has not been taken since.", events[1][0])
        self.assertContains(page, at, count=2)

        self.hold("A1", "A2", user=self.bob, request_id="hold-2")

        [(status, events), _], _ = self.history()
        self.assertEqual((status, events[1][1]), ("expired", "hold-2"))
        self.assertIn("This request then took the seat: see the next booking.", events[1][0])

    def test_hold_that_expired_with_another_seat_says_so(self):
        ended = past()
        order = make_order(
            user=self.alice,
            show=self.show,
            seats=["A1", "A2"],
            status="held",
            expires_at=ended,
            created_at=ended - timedelta(minutes=10),
        )
        self.hold("A2", user=self.bob, request_id="hold-2")

        self.assertEqual(order.bookings.filter(status="expired").count(), 2)
        [(_, events)], _ = self.history("A1")
        self.assertEqual(events[1][1], "hold-2")
        self.assertIn("This request recorded that.", events[1][0])

    def test_hold_says_until_when_it_lasts(self):
        self.hold("A1")
        [(status, [(words, _)])], page = self.history()
        until = Booking.objects.get().expires_at + timedelta(hours=9)
        self.assertEqual(status, "held")
        self.assertEqual(words, f"Held until {until:%a %d %b %Y %H:%M:%S}.")
        self.assertContains(page, "Times are in the time zone Asia/Tokyo.")

    def test_move_links_to_the_new_seats_and_back(self):
        other = make_show(
            movie=self.movie,
            screen=make_screen(cinema=self.cinema),
            seating_plan=self.show.seating_plan,
            price_list=self.show.price_list,
            starts_at=self.show.starts_at + timedelta(days=1),
        )
        code = self.hold("A1", "A2")
        self.send(self.alice, f"/api/orders/{code}/confirm/")
        body = {"show": other.pk, "seat_numbers": ["B1", "B2"]}
        self.send(self.alice, f"/api/orders/{code}/move/", body, "move-1")

        [(status, events)], page = self.history()
        self.assertEqual(status, "cancelled")
        words = "Moved by alice. To refund: 0.00 of 9.50 USD. Now"
        self.assertEqual(events[-1], (words, "move-1"))
        self.assertContains(page, str(other))
        for number in ("B1", "B2"):
            self.assertContains(page, f'<a href="{self.url(number, other)}">{number}</a>')

        [(status, events)], page = self.history("B1", other)
        self.assertEqual((status, events), ("booked", [("Booked. Moved here from", "move-1")]))
        for number in ("A1", "A2"):
            self.assertContains(page, f'<a href="{self.url(number)}">{number}</a>')

    def test_reason_that_mentions_a_move_is_not_a_move(self):
        code = self.hold("A1", request_id="same")
        self.send(self.alice, f"/api/orders/{code}/cancel/", {"reason": "Moved to B1"}, "same")
        [(_, events)], _ = self.history()
        self.assertEqual(events[-1][0], "Cancelled by alice: Moved to B1.")

    def test_cancelled_show_is_mentioned(self):
        self.hold("A1")
        Show.objects.filter(pk=self.show.pk).update(
            cancelled_at=timezone.now(), cancel_reason="No <power>"
        )
        self.assertContains(self.history()[1], "This show is cancelled: No &lt;power&gt;")

    def test_seat_without_bookings_has_an_empty_history(self):
        entries, page = self.history("B8")
        self.assertEqual(entries, [])
        self.assertContains(page, "This seat has never been held, booked or blocked.")

    def test_seat_number_may_be_spelled_in_any_way(self):
        make_booking(user=self.alice, show=self.show, seat_number="A1")
        for spelling in ("a1", "A01", "%20a001%20"):
            with self.subTest(spelling=spelling):
                self.assertEqual(len(self.history(spelling)[0]), 1)

    def test_unknown_seat_is_404(self):
        for number in ("A9", "Z1", "A-1", "%00", "A1%00", "1", "%EF%BC%91", "x" * 3000, "<b>"):
            with self.subTest(number=number[:10]):
                self.assertEqual(self.client.get(self.url(number)).status_code, 404)
        for pk in (0, 2**70):
            url = f"/admin/bookings/booking/show/{pk}/seat/A1/"
            self.assertEqual(self.client.get(url).status_code, 404)

    def test_seat_of_an_earlier_plan_keeps_its_history(self):
        make_booking(user=self.alice, show=self.show, seat_number="A1", status="cancelled")
        Show.objects.filter(pk=self.show.pk).update(seating_plan=None, total_seats=5)
        entries, page = self.history()
        self.assertEqual(len(entries), 1)
        self.assertContains(page, "The show no longer has this seat.")
        self.assertEqual(self.client.get(self.url("A2")).status_code, 404)

    def test_history_needs_the_permission_to_view_bookings(self):
        clerk = make_clerk()
        self.client.force_login(clerk)
        for codename, status in [("view_show", 403), ("block_seats", 403), ("view_booking", 200)]:
            allow(clerk, codename)
            with self.subTest(codename=codename):
                self.assertEqual(self.client.get(self.url()).status_code, status)

        make_booking(user=self.alice, show=self.show, seat_number="A1")
        page = self.client.get(self.url())
        self.assertContains(page, "alice")
        self.assertNotContains(page, "/admin/bookings/order/")
        self.assertNotContains(page, f'href="/admin/bookings/booking/show/{self.show.pk}/"')

    def test_customers_are_sent_to_the_login(self):
        self.client.force_login(self.alice)
        response = self.client.get(self.url())
        self.assertRedirects(
            response, f"/admin/login/?next={self.url()}", fetch_redirect_response=False
        )

    def test_very_long_history_is_cut_and_says_so(self):
        for _ in range(4):
            block_seat(show=self.show, seat_number="A1", by=self.staff)
            Booking.objects.filter(status="blocked").update(
                status="cancelled", cancelled_at=timezone.now()
            )
        with mock.patch.object(seat_history, "MAX_BOOKINGS", 3):
            entries, page = self.history()
        self.assertEqual(len(entries), 3)
        self.assertContains(page, "The last 3 bookings of the seat")
        last = Booking.objects.order_by("id").last()
        self.assertEqual(page.context["entries"][-1][0], last)

    def test_history_costs_the_same_queries_at_any_length(self):
        for more in (1, 10):
            for _ in range(more):
                make_order(user=self.alice, show=self.show, seats=["A1", "A2"], status="cancelled")
            # session, user, show, bookings, those of their orders
            with self.subTest(more=more), self.assertNumQueries(6):
                self.client.get(self.url())
