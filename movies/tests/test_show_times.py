"""Shows long past, too long, and shows whose movie has another length now."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase
from django.utils import timezone

from movies.models import Show
from testing.builders.accounts import make_staff
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions

HOUR = timedelta(hours=1)


class ShowTimesCase(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Rex", time_zone="Europe/Paris", currency="EUR")
        cls.screen = make_screen(cinema=cls.cinema, name="One")
        cls.movie = make_movie("Alien", duration_minutes=120)

    def setUp(self):
        super().setUp()
        self.api = self.client_of(self.staff)
        self.client.force_login(self.staff)

    def add(self, starts_at, **body):
        start = starts_at if isinstance(starts_at, str) else starts_at.isoformat()
        new = {"movie": self.movie.pk, "screen": self.screen.pk, "starts_at": start}
        return self.api.post("/api/shows/", {**new, "language": "en", "total_seats": 9, **body})

    def form(self, **changes):
        return {
            "movie": self.movie.pk,
            "screen": self.screen.pk,
            "starts_at_0": "2020-06-10",
            "starts_at_1": "20:00",
            "format": "2D",
            "language": "en",
            "total_seats": "9",
            "confirm_free": "on",
            **changes,
        }


class LongPastTests(ShowTimesCase):
    def test_a_start_long_past_needs_a_confirmation(self):
        now = timezone.now()
        for start in (now - 25 * HOUR, now - 9000 * HOUR, datetime(2000, 1, 2, tzinfo=UTC)):
            with self.subTest(start=start):
                for body in ({}, {"confirm_past": False}):
                    self.assert_problem(
                        self.add(start, **body),
                        400,
                        "invalid",
                        detail="is long past",
                        field="confirm_past",
                    )
                self.assertFalse(Show.objects.exists())
                response = self.add(start, confirm_past=True)
                self.assertEqual(response.status_code, 201, response.content)
                self.assertNotIn("confirm_past", response.json())
                Show.objects.all().delete()

    def test_a_start_of_today_needs_none(self):
        response = self.add(timezone.now() - 23 * HOUR)
        self.assertEqual(response.status_code, 201, response.content)

    def test_a_show_moved_there_needs_it_too_and_other_changes_of_a_past_show_do_not(self):
        show = make_show(movie=self.movie, screen=self.screen)
        url, past = f"/api/shows/{show.pk}/", "2020-06-10T20:00"
        self.assert_problem(
            self.api.patch(url, {"starts_at": past}), 400, "invalid", field="confirm_past"
        )
        response = self.api.patch(url, {"starts_at": past, "confirm_past": True})
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(self.api.patch(url, {"format": "3D"}).status_code, 200)

    def test_several_at_once_need_it(self):
        body = {
            "movie": self.movie.pk,
            "screen": self.screen.pk,
            "days": ["2020-06-10", "2040-06-10"],
            "times": ["20:00"],
            "language": "en",
            "total_seats": 9,
        }
        response = self.api.post("/api/shows/schedule/", body)
        self.assert_problem(response, 400, "invalid", field="confirm_past")
        self.assertFalse(Show.objects.exists())
        response = self.api.post("/api/shows/schedule/", {**body, "confirm_past": True})
        self.assertEqual(response.status_code, 201, response.content)

    def test_the_forms_of_the_admin_have_a_checkbox(self):
        page = self.client.post("/admin/movies/show/add/", self.form())
        self.assertContains(page, "is long past. Correct it, or confirm that it is meant.")
        page = self.client.post("/admin/movies/show/add/", self.form(confirm_past="on"))
        self.assertEqual(page.status_code, 302)
        several = {**self.form(), "days": "2020-06-11", "times": "20:00"}
        page = self.client.post("/admin/movies/show/schedule/", several)
        self.assertContains(page, "is long past")
        page = self.client.post("/admin/movies/show/schedule/", {**several, "confirm_past": "on"})
        self.assertEqual(page.status_code, 302)
        self.assertEqual(Show.objects.count(), 2)


class LengthTests(ShowTimesCase):
    def test_a_show_lasts_at_most_a_day(self):
        for end, status in [
            ("2040-06-11T20:00", 201),
            ("2040-06-11T20:01", 400),
            ("2041-07-15T20:00", 400),
        ]:
            with self.subTest(end=end):
                response = self.add("2040-06-10T20:00", ends_at=end)
                self.assertEqual(response.status_code, status, response.content)
                if status == 400:
                    self.assert_problem(
                        response, 400, "invalid", detail="at most 24 hours", field="ends_at"
                    )
                Show.objects.all().delete()
        page = self.client.post(
            "/admin/movies/show/add/",
            self.form(starts_at_0="2040-06-10", ends_at_0="2041-06-10", ends_at_1="20:00"),
        )
        self.assertContains(page, "at most 24 hours")

    def test_a_day_is_24_hours_also_when_the_clocks_change(self):
        response = self.add("2040-10-27T20:00", ends_at="2040-10-28T20:00")
        self.assert_problem(response, 400, "invalid", field="ends_at")

    def test_a_longer_one_of_before_can_change_in_other_ways(self):
        start = datetime(2040, 6, 10, 18, tzinfo=UTC)
        show = make_show(
            movie=self.movie, screen=self.screen, starts_at=start, ends_at=start + 400 * 24 * HOUR
        )
        response = self.api.patch(f"/api/shows/{show.pk}/", {"format": "3D"})
        self.assertEqual(response.status_code, 200, response.content)

    def test_an_overlap_says_both_days_where_they_differ(self):
        self.add("2040-06-10T23:00")
        response = self.add("2040-06-11T00:30")
        self.assert_problem(
            response, 409, "shows_overlap", detail="from 2040-06-10 23:00 to 2040-06-11 01:00,"
        )


class MovieLengthTests(ShowTimesCase):
    def test_a_changed_length_names_the_upcoming_shows_that_keep_the_old_one(self):
        start = timezone.now() + 48 * HOUR
        old = make_show(movie=self.movie, screen=self.screen, starts_at=start)
        fitting = make_show(
            movie=self.movie,
            screen=self.screen,
            starts_at=start + 5 * HOUR,
            ends_at=start + 5 * HOUR + timedelta(minutes=150),
        )
        make_show(movie=self.movie, screen=self.screen, starts_at=start - 96 * HOUR)
        make_show(screen=self.screen, starts_at=start + 20 * HOUR)
        make_show(
            movie=self.movie,
            screen=self.screen,
            starts_at=start + 30 * HOUR,
            cancelled_at=timezone.now(),
        )
        url = f"/api/movies/{self.movie.pk}/"

        response = self.api.patch(url, {"title": "Aliens"})
        self.assertEqual(response.json()["shows_with_old_length"], [])
        response = self.api.patch(url, {"duration_minutes": 150})
        self.assertEqual(response.json()["shows_with_old_length"], [old.pk])
        self.assertNotIn("shows_with_old_length", self.api.get(url).json())
        old.refresh_from_db()
        self.assertEqual(old.ends_at - old.starts_at, 2 * HOUR)

        form = {"title": "Alien", "duration_minutes": "151", "language": "en"}
        page = self.client.post(f"/admin/movies/movie/{self.movie.pk}/change/", form, follow=True)
        self.assertContains(page, "that keep the old length")
        self.assertContains(page, str(Show.objects.get(pk=old.pk)))
        self.assertContains(page, str(Show.objects.get(pk=fitting.pk)))
