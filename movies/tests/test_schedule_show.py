from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from movies.models import Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions
from testing.races import at_once

RACERS = 8


class ScheduleShowTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.cinema = make_cinema(name="Rex", time_zone="Europe/Paris", currency="EUR")
        cls.screen = make_screen(cinema=cls.cinema, name="Screen 1", turnaround_minutes=15)
        cls.other_screen = make_screen(cinema=cls.cinema, name="Screen 2", turnaround_minutes=15)
        cls.alien = make_movie("Alien", duration_minutes=120)
        cls.totoro = make_movie("Totoro", duration_minutes=90)
        # 20:00 to 22:00 on the clocks of Paris
        cls.show = make_show(
            movie=cls.alien, screen=cls.screen, starts_at=datetime(2040, 6, 10, 18, tzinfo=UTC)
        )
        cls.staff, cls.customer = make_staff(), make_user()

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)
        self.url = f"/api/shows/{self.show.pk}/"
        self.row = Show.objects.filter(pk=self.show.pk).values().get()

    def schedule(self, starts_at, **changes):
        body = {"movie": self.totoro.pk, "screen": self.screen.pk, "starts_at": starts_at}
        body["confirm_past"] = True
        return self.client.post(
            "/api/shows/", {**body, "language": "en", "total_seats": 100, **changes}
        )

    def assert_scheduled(self, response, starts_at, ends_at):
        """Assert these times in the answer and in the row."""
        self.assertEqual(response.status_code, 201, response.content)
        body = response.json()
        self.assertEqual((body["starts_at"], body["ends_at"]), (starts_at, ends_at))
        show = Show.objects.get(pk=body["id"])
        self.assertEqual(
            (show.starts_at, show.ends_at),
            (datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)),
        )

    def assert_overlaps(self, response, show):
        self.assert_problem(response, 409, "shows_overlap", detail=show.movie.title, show=show.pk)

    def assert_invalid(self, response, field, detail):
        [error] = self.assert_problem(response, 400, "invalid")["errors"]
        self.assertEqual((error["field"], error["detail"]), (field, detail))

    def assert_unchanged(self):
        self.assertEqual(Show.objects.filter(pk=self.show.pk).values().get(), self.row)


class NewShowTests(ScheduleShowTests):
    def test_the_answer_equals_the_later_read(self):
        response = self.schedule("2040-06-11T20:00:00+02:00", format="3D")

        self.assertEqual(response.status_code, 201, response.content)
        body = response.json()
        self.assertEqual(body, self.client.get(f"/api/shows/{body['id']}/").json())
        self.assertEqual(
            (body["movie_title"], body["cinema_name"], body["screen_name"], body["currency"]),
            ("Totoro", "Rex", "Screen 1", "EUR"),
        )
        self.assertEqual(
            (body["price_from"], body["format"], body["available_seats"]), (None, "3D", 100)
        )

    def test_the_default_end_is_the_start_plus_the_length_of_the_movie(self):
        response = self.schedule("2040-06-11T20:00:00+02:00")

        self.assert_scheduled(response, "2040-06-11T20:00:00+02:00", "2040-06-11T21:30:00+02:00")

    def test_an_end_that_is_given_is_kept(self):
        response = self.schedule("2040-06-11T20:00:00+02:00", ends_at="2040-06-11T22:15:00+02:00")

        self.assert_scheduled(response, "2040-06-11T20:00:00+02:00", "2040-06-11T22:15:00+02:00")

    def test_an_end_that_is_not_after_the_start_is_refused(self):
        for ends_at in ("2040-06-11T20:00:00+02:00", "2040-06-11T19:00:00+02:00"):
            with self.subTest(ends_at=ends_at):
                response = self.schedule("2040-06-11T20:00:00+02:00", ends_at=ends_at)
                self.assert_invalid(response, "ends_at", "A show ends after it starts.")
        self.assertEqual(Show.objects.count(), 1)

    def test_scheduling_takes_the_same_queries_at_any_number_of_shows(self):
        with self.assertNumQueries(14):
            self.schedule("2040-06-11T20:00")

        for days in range(20):
            starts_at = datetime(2040, 7, 1, 12, tzinfo=UTC) + timedelta(days=days)
            make_show(movie=self.alien, screen=self.screen, starts_at=starts_at)
        with self.assertNumQueries(14):
            response = self.schedule("2040-06-12T20:00")
        self.assertEqual(response.status_code, 201, response.content)


class ClockTests(ScheduleShowTests):
    """A time without an offset is on the cinema's clocks.

    In 2025 the clocks of Paris went forward on 30 March from 02:00 to 03:00, and back on 26 October
    from 03:00 to 02:00.
    """

    def test_times_have_the_offset_of_summer_and_of_winter(self):
        summer = self.schedule("2025-07-14T20:00", sales_close_at="2025-07-14T19:30")
        winter = self.schedule("2025-01-14T20:00")

        self.assert_scheduled(summer, "2025-07-14T20:00:00+02:00", "2025-07-14T21:30:00+02:00")
        self.assertEqual(summer.json()["sales_close_at"], "2025-07-14T19:30:00+02:00")
        self.assert_scheduled(winter, "2025-01-14T20:00:00+01:00", "2025-01-14T21:30:00+01:00")

    def test_an_offset_in_the_request_is_used(self):
        response = self.schedule("2025-07-14T20:00:00Z")

        self.assert_scheduled(response, "2025-07-14T22:00:00+02:00", "2025-07-14T23:30:00+02:00")

    def test_a_show_across_the_change_lasts_as_long_as_its_movie(self):
        forward = self.schedule("2025-03-30T01:30")
        back = self.schedule("2025-10-26T01:30")

        self.assert_scheduled(forward, "2025-03-30T01:30:00+01:00", "2025-03-30T04:00:00+02:00")
        self.assert_scheduled(back, "2025-10-26T01:30:00+02:00", "2025-10-26T02:00:00+01:00")

    def test_a_time_that_is_skipped_is_refused(self):
        detail = "There is no 02:30 on 2025-03-30 in Europe/Paris: the clocks go forward then."

        self.assert_invalid(self.schedule("2025-03-30T02:30"), "starts_at", detail)
        response = self.schedule("2025-03-30T00:30", ends_at="2025-03-30T02:30")
        self.assert_invalid(response, "ends_at", detail)
        response = self.client.patch(self.url, {"sales_open_at": "2025-03-30T02:30"})
        self.assert_invalid(response, "sales_open_at", detail)
        self.assertEqual(Show.objects.count(), 1)
        self.assert_unchanged()

    def test_a_time_that_occurs_twice_is_the_first_one(self):
        response = self.schedule("2025-10-26T02:30", ends_at="2025-10-26T04:00")

        self.assert_scheduled(response, "2025-10-26T02:30:00+02:00", "2025-10-26T04:00:00+01:00")

    def test_a_show_moved_to_another_cinema_starts_by_the_clocks_there(self):
        tokyo = make_screen(cinema=make_cinema(time_zone="Asia/Tokyo"))

        response = self.client.patch(
            self.url, {"screen": tokyo.pk, "starts_at": "2040-06-10T20:00"}
        )

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["starts_at"], "2040-06-10T20:00:00+09:00")


class OverlapTests(ScheduleShowTests):
    def test_shows_that_need_the_screen_at_one_time_are_refused(self):
        """The screen is taken from 20:00 to 22:00, and cleaned for 15 minutes after every show."""
        overlapping = {
            "the same time": ("20:00", "22:00"),
            "within": ("20:30", "21:00"),
            "around": ("19:00", "23:00"),
            "over its start": ("19:00", "20:01"),
            "over its end": ("21:59", "23:00"),
            "before it, no time to clean": ("18:00", "19:46"),
            "after it, not yet clean": ("22:14", "23:59"),
        }
        for name, (start, end) in overlapping.items():
            with self.subTest(name):
                response = self.schedule(f"2040-06-10T{start}", ends_at=f"2040-06-10T{end}")
                self.assert_overlaps(response, self.show)
                self.assertEqual(Show.objects.count(), 1)

    def test_the_answer_names_the_other_show_and_its_times(self):
        response = self.schedule("2040-06-10T21:00")

        self.assertEqual(
            response.json()["detail"],
            "Rex, Screen 1 is taken by Alien from 2040-06-10 20:00 to 22:00, "
            "and needs 15 minutes between two shows.",
        )

    def test_the_exact_turnaround_is_enough_on_both_sides(self):
        before = self.schedule("2040-06-10T18:00", ends_at="2040-06-10T19:45")
        after = self.schedule("2040-06-10T22:15", ends_at="2040-06-10T23:45")

        self.assertEqual((before.status_code, after.status_code), (201, 201), after.content)
        self.assertEqual(Show.objects.filter(screen=self.screen).count(), 3)

    def test_without_turnaround_one_show_starts_as_the_other_ends(self):
        self.screen.turnaround_minutes = 0
        self.screen.save()

        self.assertEqual(self.schedule("2040-06-10T22:00").status_code, 201)
        self.assert_overlaps(self.schedule("2040-06-10T21:59"), self.show)

    def test_another_screen_is_free(self):
        response = self.schedule("2040-06-10T20:00", screen=self.other_screen.pk)

        self.assertEqual(response.status_code, 201, response.content)


class ChangeTests(ScheduleShowTests):
    def test_a_show_may_stay_where_it_is(self):
        response = self.client.patch(self.url, {"starts_at": "2040-06-10T20:05"})

        self.assertEqual(response.status_code, 200, response.content)

    def test_a_change_of_the_start_moves_the_end_along(self):
        response = self.client.patch(self.url, {"starts_at": "2040-06-11T09:00"})

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["ends_at"], "2040-06-11T11:00:00+02:00")
        self.show.refresh_from_db()
        self.assertEqual(self.show.starts_at, datetime(2040, 6, 11, 7, tzinfo=UTC))
        self.assertEqual(self.show.ends_at, datetime(2040, 6, 11, 9, tzinfo=UTC))

    def test_a_change_of_something_else_leaves_the_times(self):
        long_break = datetime(2040, 6, 10, 21, tzinfo=UTC)
        Show.objects.filter(pk=self.show.pk).update(ends_at=long_break)

        response = self.client.patch(self.url, {"format": "IMAX", "subtitles": "en"})

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual((response.json()["format"], response.json()["subtitles"]), ("IMAX", "en"))
        before = self.show.starts_at
        self.show.refresh_from_db()
        self.assertEqual((self.show.starts_at, self.show.ends_at), (before, long_break))
        self.assertEqual(self.show.format, "IMAX")

    def test_a_show_is_replaced_whole(self):
        body = {"movie": self.totoro.pk, "screen": self.other_screen.pk, "language": "ja"}
        body |= {"starts_at": "2040-06-10T20:00", "total_seats": 50}

        response = self.client.put(self.url, body)

        self.assertEqual(response.status_code, 200, response.content)
        self.show.refresh_from_db()
        self.assertEqual(
            (self.show.movie, self.show.screen, self.show.total_seats, self.show.language),
            (self.totoro, self.other_screen, 50, "ja"),
        )
        self.assertEqual(response.json()["ends_at"], "2040-06-10T21:30:00+02:00")

    def test_a_move_into_another_show_is_refused_and_changes_nothing(self):
        blocker = make_show(
            movie=self.totoro, screen=self.screen, starts_at=datetime(2040, 6, 11, 18, tzinfo=UTC)
        )
        twin = make_show(movie=self.totoro, screen=self.other_screen, starts_at=self.show.starts_at)

        moved = self.client.patch(self.url, {"starts_at": "2040-06-11T19:00", "format": "3D"})
        self.assert_overlaps(moved, blocker)
        longer = self.client.patch(self.url, {"ends_at": "2040-06-11T20:00"})
        self.assert_overlaps(longer, blocker)
        elsewhere = self.client.patch(self.url, {"screen": self.other_screen.pk})
        self.assert_overlaps(elsewhere, twin)
        self.assert_unchanged()

    def test_an_end_before_the_start_is_refused_and_changes_nothing(self):
        response = self.client.patch(self.url, {"ends_at": "2040-06-10T20:00"})

        self.assert_invalid(response, "ends_at", "A show ends after it starts.")
        self.assert_unchanged()

    def test_changing_takes_the_same_queries_at_any_number_of_bookings(self):
        make_booking(user=self.customer, show=self.show, seat_number="1")
        with self.assertNumQueries(14):
            self.client.patch(self.url, {"format": "3D"})

        for seat in range(2, 20):
            make_booking(user=self.customer, show=self.show, seat_number=str(seat))
        with self.assertNumQueries(14):
            response = self.client.patch(self.url, {"format": "IMAX"})
        self.assertEqual(response.status_code, 200, response.content)


class SeatsSoldTests(ScheduleShowTests):
    def test_a_taken_seat_cannot_be_removed(self):
        for status in ("booked", "held", "blocked"):
            booking = make_booking(
                user=self.customer, show=self.show, seat_number="40", status=status
            )
            with self.subTest(status=status):
                response = self.client.patch(self.url, {"total_seats": 39})
                self.assert_problem(response, 409, "seats_sold", detail="seat 40")
                self.assert_unchanged()
            booking.delete()

    def test_seats_above_the_last_sold_one_can_be_removed(self):
        make_booking(user=self.customer, show=self.show, seat_number="40")

        response = self.client.patch(self.url, {"total_seats": 40})

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json()["available_seats"], 39)
        self.show.refresh_from_db()
        self.assertEqual(self.show.total_seats, 40)

    def test_a_cancelled_or_expired_seat_can_be_removed(self):
        for status in ("cancelled", "expired"):
            make_booking(user=self.customer, show=self.show, seat_number="40", status=status)

        response = self.client.patch(self.url, {"total_seats": 39})

        self.assertEqual(response.status_code, 200, response.content)


@skipUnlessDBFeature("has_select_for_update")
class LockTests(ScheduleShowTests):
    """Rows are locked before the reads that depend on them, with FOR NO KEY UPDATE."""

    def assert_locked_first(self, queries, table, look):
        reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
        locks = [sql for sql in reads if f'FROM "{table}"' in sql and "FOR NO KEY UPDATE" in sql]
        looks = [sql for sql in reads if look in sql]
        self.assertEqual((len(locks), len(looks)), (1, 1))
        self.assertLess(reads.index(locks[0]), reads.index(looks[0]))

    def test_the_screen_is_locked_before_other_shows_are_read(self):
        look = '"movies_show"."ends_at" >'
        with CaptureQueriesContext(connection) as putting_on:
            self.assertEqual(self.schedule("2040-06-11T20:00").status_code, 201)
        with CaptureQueriesContext(connection) as changing:
            moved = self.client.patch(self.url, {"starts_at": "2040-06-12T20:00"})
            self.assertEqual(moved.status_code, 200)

        self.assert_locked_first(putting_on, "movies_screen", look)
        self.assert_locked_first(changing, "movies_screen", look)

    def test_the_show_is_locked_before_its_bookings_are_read(self):
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.client.patch(self.url, {"total_seats": 90}).status_code, 200)

        self.assert_locked_first(queries, "movies_show", 'SELECT "bookings_booking"')


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.staff = make_staff()
        self.screen = make_screen()

    def all_at_once(self, requests):
        """Send each request from its own thread; return {(status, code): count}."""
        responses = at_once(
            [lambda request=request: request(client_of(self.staff)) for request in requests]
        )
        return Counter(
            (response.status_code, response.json().get("code")) for response in responses
        )

    def test_eight_simultaneous_shows_on_one_screen_are_one_show(self):
        def schedule(movie, starts_at):
            body = {"movie": movie.pk, "screen": self.screen.pk, "starts_at": starts_at}
            return lambda client: client.post(
                "/api/shows/", {**body, "language": "en", "total_seats": 100}
            )

        movies = [make_movie(f"Film {number}") for number in range(RACERS)]
        for day in range(1, 6):
            starts_at = f"2040-06-{day:02}T20:00"
            answers = self.all_at_once([schedule(movie, starts_at) for movie in movies])

            self.assertEqual(answers, {(201, None): 1, (409, "shows_overlap"): RACERS - 1})
            self.assertEqual(Show.objects.count(), day)

    def test_a_seat_is_removed_or_sold_but_never_both(self):
        show = make_show(screen=self.screen, total_seats=100)

        def book(seat):
            return lambda client: client.post(f"/api/shows/{show.pk}/book/", {"seat_number": seat})

        def remove_seats(client):
            return client.patch(f"/api/shows/{show.pk}/", {"total_seats": 93})

        answers = self.all_at_once([remove_seats, *(book(str(seat)) for seat in range(94, 101))])

        show.refresh_from_db()
        if show.total_seats == 93:
            self.assertEqual(answers, {(200, None): 1, (400, "seat_unknown"): RACERS - 1})
        else:
            self.assertEqual(answers[409, "seats_sold"], 1)
            self.assertEqual(show.bookings.active().count(), answers[201, None])

    def test_eight_simultaneous_moves_to_one_time_are_one_move(self):
        def move(show):
            return lambda client: client.patch(
                f"/api/shows/{show.pk}/", {"starts_at": "2040-07-01T20:00"}
            )

        first = datetime(2040, 6, 1, 18, tzinfo=UTC)
        shows = [
            make_show(screen=self.screen, starts_at=first + timedelta(days=days))
            for days in range(RACERS)
        ]
        answers = self.all_at_once([move(show) for show in shows])

        self.assertEqual(answers, {(200, None): 1, (409, "shows_overlap"): RACERS - 1})
        self.assertEqual(Show.objects.filter(starts_at__gte="2040-07-01T00:00Z").count(), 1)
