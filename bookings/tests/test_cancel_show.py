"""Cancelling a show: the show itself. For its orders see test_cancel_show_orders.py."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase
from django.utils import timezone
from rest_framework.test import APIClient

from bookings.models import Booking
from movies.models import Show
from testing.answers import errors_in
from testing.builders.accounts import make_staff, make_user, staff_client
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.sales import CustomerRequests


class CancelShowTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user("customer")
        cls.screen = make_screen(cinema=make_cinema(time_zone="Europe/London"))
        cls.movie = make_movie()
        cls.starts_at = datetime(2040, 6, 10, 19, tzinfo=UTC)
        cls.show = make_show(movie=cls.movie, screen=cls.screen, starts_at=cls.starts_at)
        cls.url = f"/api/shows/{cls.show.pk}/"

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def cancel(self, **body):
        return self.client.post(f"{self.url}cancel/", body)

    def test_cancelled_show_stays_at_its_url_with_the_reason(self):
        since = timezone.now()

        response = self.cancel(reason="The projector is broken.")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["is_cancelled"], body["cancel_reason"]), (True, "The projector is broken.")
        )
        self.assertEqual(body, APIClient().get(self.url).json())
        self.show.refresh_from_db()
        self.assertEqual(
            (self.show.cancelled_by, self.show.cancel_reason),
            (self.staff, "The projector is broken."),
        )
        self.assertLessEqual(since, self.show.cancelled_at)

    def test_reason_is_optional(self):
        for body in ({}, {"reason": ""}):
            Show.objects.update(cancelled_at=None)
            with self.subTest(body=body):
                response = self.cancel(**body)
                self.assertEqual(
                    (response.status_code, response.json()["cancel_reason"]), (200, "")
                )

    def test_reason_is_a_bounded_text(self):
        for reason in ("x" * 201, "a\x00b", True, ["broken"], {}, None):
            with self.subTest(reason=reason):
                response = self.cancel(reason=reason)
                self.assert_problem(response, 400, "invalid")
                self.assertEqual(errors_in(response)[0][0], "reason")
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_cancelled_show_leaves_every_list(self):
        urls = [
            "/api/shows/",
            "/api/shows/?date=2040-06-10",
            f"/api/shows/?cinema={self.screen.cinema_id}",
            f"/api/movies/{self.movie.pk}/shows/",
            f"/api/movies/?cinema={self.screen.cinema_id}",
            "/api/movies/?date=2040-06-10",
            f"/api/movies/?cinema={self.screen.cinema_id}&date=2040-06-10",
        ]
        for url in urls:
            self.assertEqual(self.client.get(url).json()["count"], 1, url)

        self.cancel()

        for url in urls:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).json()["count"], 0)

    def test_cancelled_show_is_not_listed_among_past_shows(self):
        Show.objects.update(starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now())
        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 1)

        self.cancel()

        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 0)

    def test_screen_of_a_cancelled_show_is_free_again(self):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": self.starts_at, "total_seats": 9}
        self.assert_problem(self.client.post("/api/shows/", body), 409, "shows_overlap")

        self.cancel()

        self.assertEqual(self.client.post("/api/shows/", body).status_code, 201)

    def test_cancelled_show_is_not_sold(self):
        self.cancel()

        response = self.ask("book", user=self.customer, seat_number="1")

        self.assert_problem(response, 409, "show_cancelled")
        self.assertFalse(Booking.objects.exists())

    def test_second_cancellation_changes_nothing(self):
        first = self.cancel(reason="first")

        second = self.cancel(reason="second")

        self.assertEqual(second.status_code, 200, second.content)
        self.assertEqual(second.json(), first.json())
        self.show.refresh_from_db()
        self.assertEqual(self.show.cancel_reason, "first")

    def test_writing_the_fields_does_not_cancel_a_show(self):
        response = self.client.patch(self.url, {"is_cancelled": True, "cancel_reason": "no"})

        self.assertEqual(response.status_code, 200)
        self.show.refresh_from_db()
        self.assertEqual((self.show.cancelled_at, self.show.cancel_reason), (None, ""))

    def test_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1, 10**20):
            response = self.client.post(f"/api/shows/{pk}/cancel/")
            self.assert_problem(response, 404, "not_found")

    def test_cancelling_needs_the_permission_to_change_shows(self):
        for client, status, code in (
            (APIClient(), 401, "not_authenticated"),
            (self.client_of(self.customer), 403, "permission_denied"),
            (staff_client("usher", "view_show", "delete_show"), 403, "permission_denied"),
            (staff_client("adder", "add_show"), 403, "permission_denied"),
        ):
            with self.subTest(code=code):
                self.client = client
                self.assert_problem(self.cancel(), status, code)
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_permission_to_change_shows_is_enough(self):
        self.client = staff_client("changer", "change_show")

        self.assertEqual(self.cancel().status_code, 200)

    def test_cancelling_costs_the_same_queries_however_many_seats_are_booked(self):
        for booked in (1, 20):
            Show.objects.update(cancelled_at=None)
            for seat in range(booked):
                make_booking(user=self.customer, show=self.show, seat_number=f"{booked}A{seat}")
            # user, fresh password, show; savepoint, lock, update, event, savepoint; a batch:
            # savepoint, lock, orders, lapsed holds, codes, bookings, held, booked, orders, events,
            # savepoint; an empty batch; the answer; audit: the show before, its codes, and twice
            # its movie, screen, cinema and the entry
            with self.subTest(booked=booked), self.assertNumQueries(33):
                self.cancel()
