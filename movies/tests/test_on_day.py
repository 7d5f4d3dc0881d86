"""A date is a day of the cinema: from midnight to midnight on its clocks.

The dates are past, so `upcoming=false` always finds their shows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.test import TestCase

from testing.builders.movies import make_cinema, make_movie, make_screen, make_show


class OnDayTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.screens = {
            name: make_screen(cinema=make_cinema(time_zone=name))
            for name in ("Europe/London", "America/New_York", "Asia/Tokyo", "America/Havana")
        }

    def show_in(self, zone, *clock, fold=0):
        """Make a show of a new movie at this time on the cinema's clocks."""
        starts_at = datetime(*clock, fold=fold, tzinfo=ZoneInfo(zone))
        movie = make_movie(f"{zone} {starts_at:%d %H:%M %Z}")
        return make_show(movie=movie, screen=self.screens[zone], starts_at=starts_at)

    def assert_on_day(self, day, shows):
        """Assert the same shows in the list of shows, in the list of movies and for a movie."""
        past = {"date": day, "upcoming": "false"}
        body = self.client.get("/api/shows/", past).json()
        self.assertEqual({show["id"] for show in body["results"]}, {show.pk for show in shows})
        body = self.client.get("/api/movies/", {"date": day}).json()
        self.assertEqual(
            {movie["id"] for movie in body["results"]}, {show.movie_id for show in shows}
        )
        for show in shows:
            body = self.client.get(f"/api/movies/{show.movie_id}/shows/", past).json()
            self.assertEqual([found["id"] for found in body["results"]], [show.pk])

    def test_half_past_eleven_at_night_is_still_the_same_day_everywhere(self):
        new_york = self.show_in("America/New_York", 2025, 6, 10, 23, 30)  # 03:30 UTC, the 11th
        tokyo = self.show_in("Asia/Tokyo", 2025, 6, 10, 23, 30)  # 14:30 UTC
        london = self.show_in("Europe/London", 2025, 6, 10, 23, 30)  # 22:30 UTC

        self.assert_on_day("2025-06-10", [new_york, tokyo, london])
        self.assert_on_day("2025-06-09", [])
        self.assert_on_day("2025-06-11", [])

    def test_midnight_belongs_to_the_day_that_begins(self):
        tokyo = self.show_in("Asia/Tokyo", 2025, 6, 11, 0, 0)  # 15:00 UTC, the 10th
        new_york = self.show_in("America/New_York", 2025, 6, 11, 0, 0)

        self.assert_on_day("2025-06-10", [])
        self.assert_on_day("2025-06-11", [tokyo, new_york])

    def test_the_day_of_one_cinema_leaves_out_the_others(self):
        self.show_in("Asia/Tokyo", 2025, 6, 10, 20, 0)
        london = self.show_in("Europe/London", 2025, 6, 10, 20, 0)
        filters = {"date": "2025-06-10", "cinema": london.screen.cinema_id}

        body = self.client.get("/api/shows/", {**filters, "upcoming": "false"}).json()
        self.assertEqual([show["id"] for show in body["results"]], [london.pk])
        body = self.client.get("/api/movies/", filters).json()
        self.assertEqual([movie["id"] for movie in body["results"]], [london.movie_id])

    def test_the_day_of_25_hours_has_them_all(self):
        """On 26 October 2025 the clocks of London go back from 02:00 to 01:00."""
        self.show_in("Europe/London", 2025, 10, 25, 23, 59)
        of_the_day = [
            self.show_in("Europe/London", 2025, 10, 26, 0, 0),
            self.show_in("Europe/London", 2025, 10, 26, 1, 30),
            self.show_in("Europe/London", 2025, 10, 26, 1, 30, fold=1),
            self.show_in("Europe/London", 2025, 10, 26, 23, 30),
        ]
        self.show_in("Europe/London", 2025, 10, 27, 0, 0)

        self.assert_on_day("2025-10-26", of_the_day)

    def test_the_day_of_23_hours_ends_at_its_midnight(self):
        """On 30 March 2025 the clocks of London go forward from 01:00 to 02:00."""
        self.show_in("Europe/London", 2025, 3, 29, 23, 59)
        of_the_day = [
            self.show_in("Europe/London", 2025, 3, 30, 0, 0),
            self.show_in("Europe/London", 2025, 3, 30, 23, 30),
        ]
        after = self.show_in("Europe/London", 2025, 3, 31, 0, 0)

        self.assert_on_day("2025-03-30", of_the_day)
        self.assert_on_day("2025-03-31", [after])

    def test_a_day_whose_midnight_is_skipped_begins_an_hour_later(self):
        """On 9 March 2025 the clocks of Havana go forward from 00:00 to 01:00."""
        before = self.show_in("America/Havana", 2025, 3, 8, 23, 59)
        first = self.show_in("America/Havana", 2025, 3, 9, 1, 0)

        self.assert_on_day("2025-03-08", [before])
        self.assert_on_day("2025-03-09", [first])
