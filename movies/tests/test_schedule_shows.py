"""Scheduling a movie for several days and times at once: all of the shows, or none."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from movies.models import Show
from testing.answers import errors_in
from testing.builders.accounts import client_of, make_staff, make_user, staff_client
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.cases import APIAssertions
from testing.races import at_once

URL = "/api/shows/schedule/"
RACERS = 8


class ScheduleTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria", time_zone="Europe/London")
        cls.plan = make_seating_plan("A  ssss\n")
        cls.screen = make_screen(
            cinema=cls.cinema, name="Screen 1", seating_plan=cls.plan, turnaround_minutes=15
        )
        cls.alien = make_movie("Alien", duration_minutes=117)
        cls.short = make_movie("Short", duration_minutes=30)

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def schedule(self, days, times, **changes):
        body = {"movie": self.short.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"days": days, "times": times, "confirm_past": True}
        return self.client.post(URL, body | changes)

    def assert_starts(self, response, starts):
        """Assert these starts, in order, in the answer and in the rows."""
        self.assertEqual(response.status_code, 201, response.content)
        shows = response.json()["shows"]
        self.assertEqual([show["starts_at"] for show in shows], starts)
        self.assertEqual(
            list(Show.objects.values_list("starts_at", flat=True)),
            [datetime.fromisoformat(moment) for moment in starts],
        )

    def assert_nothing_scheduled(self, response, field):
        self.assert_problem(response, 400, "invalid")
        self.assertEqual(errors_in(response)[0][0].split(".")[0], field)
        self.assertFalse(Show.objects.exists())


class AllShowsTests(ScheduleTests):
    def test_every_day_has_a_show_at_every_time(self):
        prices = make_price_list({("Standard", "Adult"): 9})

        response = self.schedule(
            ["2026-11-28", "2026-11-27"],
            ["20:15", "17:30"],
            movie=self.alien.pk,
            format="IMAX",
            subtitles="fr",
            price_list=prices.pk,
        )

        self.assert_starts(
            response,
            [
                "2026-11-27T17:30:00+00:00",
                "2026-11-27T20:15:00+00:00",
                "2026-11-28T17:30:00+00:00",
                "2026-11-28T20:15:00+00:00",
            ],
        )
        for shown in response.json()["shows"]:
            self.assertEqual(shown, self.client.get(f"/api/shows/{shown['id']}/").json())
            self.assertEqual(
                [shown[name] for name in ("movie", "screen", "format", "language", "subtitles")],
                [self.alien.pk, self.screen.pk, "IMAX", "en", "fr"],
            )
            self.assertEqual(
                [shown[name] for name in ("seating_plan", "total_seats", "price_from")],
                [self.plan.pk, 4, "9.00"],
            )

    def test_a_repeated_day_or_time_counts_once(self):
        response = self.schedule(["2026-11-27"] * 2, ["17:30", "17:30:00"])

        self.assert_starts(response, ["2026-11-27T17:30:00+00:00"])

    def test_shows_end_after_trailers_and_movie(self):
        self.cinema.trailer_minutes = 20
        self.cinema.save()

        [shown] = self.schedule(["2026-11-27"], ["17:30"], movie=self.alien.pk).json()["shows"]

        self.assertEqual(shown["ends_at"], "2026-11-27T19:47:00+00:00")
        show = Show.objects.get()
        self.assertEqual(show.ends_at - show.starts_at, timedelta(minutes=137))

    def test_times_are_on_the_cinemas_clocks_all_year(self):
        response = self.schedule(["2026-10-24", "2026-10-26"], ["20:00"])

        starts = ["2026-10-24T20:00:00+01:00", "2026-10-26T20:00:00+00:00"]
        self.assert_starts(response, starts)

    def test_a_time_that_occurs_twice_is_the_first_one(self):
        response = self.schedule(["2026-10-25"], ["01:30", "02:00"])

        starts = ["2026-10-25T01:30:00+01:00", "2026-10-25T02:00:00+00:00"]
        self.assert_starts(response, starts)
        self.assertEqual(
            response.json()["shows"][0]["ends_at"],
            "2026-10-25T01:00:00+00:00",  # half an hour later
        )

    def test_a_skipped_time_is_refused_with_all_other_times(self):
        response = self.schedule(["2027-03-27", "2027-03-28"], ["01:30", "20:00"])

        self.assert_nothing_scheduled(response, "times")
        self.assertEqual(
            response.json()["errors"][0]["detail"],
            "There is no 01:30 on 2027-03-28 in Europe/London: the clocks go forward then.",
        )

    def test_a_missing_price_prevents_all_shows(self):
        prices = make_price_list({("Premium", "Adult"): 9}, name="Gold")

        response = self.schedule(["2026-11-27"], ["17:30"], price_list=prices.pk)

        self.assertEqual((response.status_code, response.json()["code"]), (400, "price_missing"))
        self.assertFalse(Show.objects.exists())


class LimitTests(ScheduleTests):
    def test_the_number_of_days_and_times_is_limited(self):
        days = [(date(2027, 1, 1) + timedelta(days=day)).isoformat() for day in range(63)]
        times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(25)]
        self.assert_nothing_scheduled(self.schedule([], ["20:00"]), "days")
        self.assert_nothing_scheduled(self.schedule(days, ["20:00"]), "days")
        self.assert_nothing_scheduled(self.schedule(days[:1], []), "times")
        self.assert_nothing_scheduled(self.schedule(days[:1], times), "times")

        self.assertEqual(self.schedule(days[:62], ["20:00"]).status_code, 201)
        self.assertEqual(Show.objects.count(), 62)

    def test_an_invalid_day_is_refused(self):
        for day in (
            "2026-02-30",
            "27.11.2026",
            "2026-11-27T20:00",
            "10000-01-01",
            "",
            "\x00",
            None,
            20261127,
            [],
            {},
        ):
            with self.subTest(day=day):
                self.assert_nothing_scheduled(self.schedule([day], ["20:00"]), "days")

    def test_an_invalid_time_is_refused(self):
        for time in ("24:01", "8pm", "20:60", "-1:00", "", None, 20, 20.5, []):
            with self.subTest(time=time):
                self.assert_nothing_scheduled(self.schedule(["2026-11-27"], [time]), "times")

    def test_a_time_with_an_offset_is_refused(self):
        for time in ("17:30+05:00", "17:30Z"):
            with self.subTest(time=time):
                self.assert_nothing_scheduled(self.schedule(["2026-11-27"], [time]), "times")

    def test_a_value_that_is_no_list_is_refused(self):
        for value in (None, "2026-11-27", 7, {}, {"0": "2026-11-27"}):
            with self.subTest(value=value):
                self.assert_nothing_scheduled(self.schedule(value, ["20:00"]), "days")
                self.assert_nothing_scheduled(self.schedule(["2026-11-27"], value), "times")

    def test_days_at_the_ends_of_the_calendar_are_refused_in_every_zone(self):
        for zone in ("Asia/Tokyo", "Pacific/Niue", "Europe/London"):
            screen = make_screen(cinema=make_cinema(time_zone=zone))
            for day in ("0001-01-01", "1999-12-30", "2100-01-02", "9999-12-31"):
                with self.subTest(zone=zone, day=day):
                    response = self.schedule(
                        ["2026-11-27", day],
                        ["00:00", "23:59:59"],
                        screen=screen.pk,
                        total_seats=9,
                    )
                    self.assertEqual(response.status_code, 400, response.content)
                    self.assertIn(errors_in(response)[0][0], ("days", "times"))
                    self.assertFalse(Show.objects.exists())

    def test_every_missing_field_is_named(self):
        response = self.client.post(URL, {})

        self.assertEqual(response.status_code, 400)
        fields = {field for field, _ in errors_in(response)}
        self.assertEqual(fields, {"movie", "screen", "days", "times", "language"})


class CollisionTests(ScheduleTests):
    def test_every_collision_is_listed_and_no_show_is_saved(self):
        evening = make_show(
            movie=self.alien, screen=self.screen, starts_at=datetime(2026, 7, 1, 19, tzinfo=UTC)
        )
        make_show(
            movie=self.alien, screen=self.screen, starts_at=datetime(2026, 7, 3, 16, tzinfo=UTC)
        )
        days = ["2026-07-01", "2026-07-02", "2026-07-03"]

        response = self.schedule(days, ["17:00", "20:30"])

        self.assertEqual(response.status_code, 409, response.content)
        body = response.json()
        self.assertEqual(body["code"], "shows_overlap")
        self.assertEqual(body["detail"], "2 of 6 shows collide, so none was scheduled.")
        self.assertEqual(
            body["slots"],
            [
                {
                    "starts_at": f"2026-07-0{day}T{start}:00+01:00",
                    "detail": f"Astoria, Screen 1 is taken by Alien from 2026-07-0{day} {taken}, "
                    "and needs 15 minutes between two shows.",
                }
                for day, start, taken in (
                    (1, "20:30", "20:00 to 21:57"),
                    (3, "17:00", "17:00 to 18:57"),
                )
            ],
        )
        self.assertEqual(Show.objects.count(), 2)
        self.assertTrue(Show.objects.filter(pk=evening.pk).exists())

    def test_collisions_among_the_new_shows_are_listed_too(self):
        response = self.schedule(["2026-07-01", "2026-07-02"], ["20:00", "20:44", "22:00"])

        self.assertEqual(response.status_code, 409, response.content)
        self.assertEqual(
            [slot["starts_at"] for slot in response.json()["slots"]],
            ["2026-07-01T20:44:00+01:00", "2026-07-02T20:44:00+01:00"],
        )
        self.assertIn("taken by Short from 2026-07-01 20:00", response.json()["slots"][0]["detail"])
        self.assertFalse(Show.objects.exists())

        apart = self.schedule(["2026-07-01", "2026-07-02"], ["20:00", "20:45"])
        self.assertEqual(apart.status_code, 201, apart.content)

    def test_a_show_past_midnight_collides_with_the_next_day(self):
        response = self.schedule(
            ["2026-07-01", "2026-07-02"], ["00:30", "23:00"], movie=self.alien.pk
        )

        self.assertEqual(response.status_code, 409, response.content)
        self.assertEqual(
            [slot["starts_at"] for slot in response.json()["slots"]], ["2026-07-02T00:30:00+01:00"]
        )

    def test_cancelled_shows_and_shows_on_other_screens_do_not_collide(self):
        at = datetime(2026, 7, 1, 19, tzinfo=UTC)
        make_show(screen=self.screen, starts_at=at, cancelled_at=at)
        make_show(screen=make_screen(cinema=self.cinema), starts_at=at)

        self.assertEqual(self.schedule(["2026-07-01"], ["20:00"]).status_code, 201)


class PermissionTests(ScheduleTests):
    def test_scheduling_needs_the_permission_to_add_shows(self):
        for client, status in (
            (APIClient(), 401),
            (client_of(make_user("customer")), 403),
            (staff_client("changer", "change_show", "delete_show"), 403),
        ):
            with self.subTest(status=status):
                self.client = client
                response = self.schedule(["2026-07-01"], ["20:00"])
                self.assertEqual(response.status_code, status)
        self.assertFalse(Show.objects.exists())

        self.client = staff_client("adder", "add_show")
        self.assertEqual(self.schedule(["2026-07-01"], ["20:00"]).status_code, 201)


class QueryTests(ScheduleTests):
    def test_one_more_show_takes_at_most_six_more_queries(self):
        counts = []
        for month, days in ((1, 1), (2, 21)):
            expected = [f"2027-{month:02}-{day:02}" for day in range(1, days + 1)]
            with CaptureQueriesContext(connection) as queries:
                response = self.schedule(expected, ["20:00"])
            self.assertEqual(response.status_code, 201, response.content)
            counts.append(len(queries))
        self.assertLessEqual(counts[1] - counts[0], 20 * 6)


class RaceTests(TransactionTestCase):
    def test_of_eight_simultaneous_schedules_one_gets_all_slots(self):
        staff, screen = make_staff(), make_screen()
        movies = [make_movie(f"Film {number}") for number in range(RACERS)]
        body = {"screen": screen.pk, "language": "en", "total_seats": 9}
        body |= {"days": ["2027-07-01", "2027-07-02"], "times": ["16:00", "20:00"]}

        responses = at_once(
            [
                lambda movie=movie: client_of(staff).post(URL, body | {"movie": movie.pk})
                for movie in movies
            ]
        )

        answers = Counter((r.status_code, len(r.json().get("slots", []))) for r in responses)
        self.assertEqual(answers, {(201, 0): 1, (409, 4): RACERS - 1})
        self.assertEqual(Show.objects.count(), 4)
        self.assertEqual(Show.objects.values("movie").distinct().count(), 1)
