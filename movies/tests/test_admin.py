from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from movies.models import Genre, Show
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show


class ChangeListTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def assert_queries(self, name, queries, make_row):
        """Assert that the list shows every row, with the same queries for 2 and for 20 rows."""
        url = f"/admin/movies/{name}/"
        for rows in (2, 18):
            for _ in range(rows):
                row = make_row()
            with self.assertNumQueries(queries):
                response = self.client.get(url)
            self.assertEqual(response.status_code, 200)
            self.assertContains(response, f"{url}{row.pk}/change/")
        self.assertEqual(len(response.context["cl"].result_list), 20)

    def test_genres(self):
        names = iter(range(20))
        self.assert_queries("genre", 5, lambda: Genre.objects.create(name=f"Genre {next(names)}"))

    def test_movies(self):
        day = timezone.now().date()
        self.assert_queries("movie", 10, lambda: make_movie(genres=["Horror"], release_date=day))

    def test_cinemas(self):
        self.assert_queries("cinema", 6, make_cinema)

    def test_screens(self):
        self.assert_queries("screen", 6, make_screen)

    def test_shows(self):
        customer = make_user()

        def sold_show():
            show = make_show()
            make_booking(user=customer, show=show)
            return show

        self.assert_queries("show", 8, sold_show)

    def test_customers_are_sent_to_the_log_in_page(self):
        self.client.force_login(make_user())

        for name in ("genre", "movie", "cinema", "screen", "show"):
            with self.subTest(name=name):
                response = self.client.get(f"/admin/movies/{name}/")
                self.assertRedirects(
                    response,
                    f"/admin/login/?next=/admin/movies/{name}/",
                    fetch_redirect_response=False,
                )


class ShowFormTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user()
        cls.screen = make_screen(cinema=make_cinema(time_zone="Asia/Tokyo"), turnaround_minutes=15)
        cls.alien = make_movie("Alien", duration_minutes=120)
        cls.totoro = make_movie("Totoro", duration_minutes=90)

    def setUp(self):
        self.client.force_login(self.staff)

    def form(self, **changes):
        """Return the form of a new show, which starts at 20:00 on the clocks of the cinema."""
        return {
            "movie": self.totoro.pk,
            "screen": self.screen.pk,
            "starts_at_0": "2040-06-10",
            "starts_at_1": "20:00",
            "format": "2D",
            "language": "ja",
            "total_seats": "100",
            "confirm_free": "on",
            **changes,
        }

    def add(self, **changes):
        return self.client.post("/admin/movies/show/add/", self.form(**changes))

    def form_of(self, show):
        """Return the URL of the show's page, and the form as the browser would send it back."""
        url = f"/admin/movies/show/{show.pk}/change/"
        response = self.client.get(url)
        self.assertEqual(response.status_code, 200)
        data = {}
        for field in response.context["adminform"].form:
            widget = getattr(field.field.widget, "widget", field.field.widget)  # without its links
            drawn = widget.get_context(field.html_name, field.value(), {})["widget"]
            for part in drawn.get("subwidgets", [drawn]):
                value = part["value"]
                data[part["name"]] = value[0] if isinstance(value, list) else value or ""
        return url, data

    def assert_saved(self, response):
        errors = response.context and response.context["adminform"].form.errors
        self.assertEqual((response.status_code, errors), (302, None))

    def assert_form_shows(self, response, sentence):
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, sentence)

    def test_times_are_on_the_cinemas_clocks_and_the_end_is_computed(self):
        self.assert_saved(self.add(sales_close_at_0="2040-06-10", sales_close_at_1="19:30"))

        show = Show.objects.get()
        self.assertEqual(show.starts_at, datetime(2040, 6, 10, 11, tzinfo=UTC))
        self.assertEqual(show.ends_at, datetime(2040, 6, 10, 12, 30, tzinfo=UTC))
        self.assertEqual(show.sales_close_at, datetime(2040, 6, 10, 10, 30, tzinfo=UTC))
        self.assertContains(self.client.get("/admin/movies/show/"), "Sun 10 Jun 2040 20:00")

    def test_a_time_that_is_skipped_is_refused(self):
        london = make_screen(cinema=make_cinema(time_zone="Europe/London"))

        response = self.add(screen=london.pk, starts_at_0="2025-03-30", starts_at_1="01:30")

        self.assert_form_shows(response, "There is no 01:30 on 2025-03-30 in Europe/London")
        self.assertFalse(Show.objects.exists())

    def test_a_time_at_the_ends_of_the_calendar_is_refused(self):
        for day in ("0001-01-01", "9999-12-31"):
            with self.subTest(day=day):
                response = self.add(starts_at_0=day, starts_at_1="00:00")
                self.assertEqual(response.status_code, 200)
                self.assertIn("starts_at", response.context["adminform"].form.errors)

    def test_a_show_that_overlaps_is_refused_with_the_title_of_the_other(self):
        other = make_show(
            movie=self.alien, screen=self.screen, starts_at=datetime(2040, 6, 10, 9, tzinfo=UTC)
        )

        self.assert_form_shows(self.add(), "is taken by Alien from 2040-06-10 18:00 to 20:00")
        self.assertEqual(Show.objects.get(), other)

        self.assert_saved(self.add(starts_at_1="20:15"))

    def test_an_end_before_the_start_is_refused(self):
        response = self.add(ends_at_0="2040-06-10", ends_at_1="19:00")

        self.assert_form_shows(response, "A show ends after it starts.")
        self.assertFalse(Show.objects.exists())

    def test_a_form_that_lacks_the_screen_says_so(self):
        response = self.add(screen="")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.context["adminform"].form.errors, {"screen": ["This field is required."]}
        )

    def test_sold_seats_cannot_be_removed(self):
        show = make_show(screen=self.screen, total_seats=100)
        make_booking(user=self.customer, show=show, seat_number="40")
        url, data = self.form_of(show)

        self.assert_form_shows(
            self.client.post(url, {**data, "total_seats": "39"}), "such as seat 40"
        )

        show.refresh_from_db()
        self.assertEqual(show.total_seats, 100)

    def assert_saving_it_unchanged_keeps_the_row(self, show):
        before = Show.objects.filter(pk=show.pk).values().get()
        url, data = self.form_of(show)
        self.assert_saved(self.client.post(url, data))
        self.assertEqual(Show.objects.filter(pk=show.pk).values().get(), before)

    def test_a_show_that_is_opened_and_saved_keeps_its_times(self):
        starts_at = datetime(2040, 6, 10, 11, tzinfo=UTC)
        show = make_show(
            movie=self.alien,
            screen=self.screen,
            starts_at=starts_at,
            sales_open_at=starts_at - timedelta(days=7),
            sales_close_at=starts_at - timedelta(minutes=10),
        )

        _, data = self.form_of(show)
        self.assertEqual((data["starts_at_0"], data["starts_at_1"]), ("2040-06-10", "20:00:00"))
        self.assert_saving_it_unchanged_keeps_the_row(show)

    def test_a_show_in_the_hour_that_occurs_twice_keeps_its_times_too(self):
        london = make_screen(cinema=make_cinema(time_zone="Europe/London"))
        for hour in (0, 1):  # both are 01:30 on the clocks of London
            starts_at = datetime(2025, 10, 26, hour, 30, tzinfo=UTC)
            show = make_show(movie=self.alien, screen=london, starts_at=starts_at)
            with self.subTest(starts_at=starts_at):
                self.assert_saving_it_unchanged_keeps_the_row(show)
            show.delete()

    def test_a_show_moved_to_a_cinema_elsewhere_keeps_the_clock_times_on_the_page(self):
        show = make_show(
            movie=self.alien, screen=self.screen, starts_at=datetime(2040, 6, 10, 11, tzinfo=UTC)
        )
        new_york = make_screen(cinema=make_cinema(time_zone="America/New_York"))
        url, data = self.form_of(show)

        self.assert_saved(self.client.post(url, {**data, "screen": new_york.pk}))

        show.refresh_from_db()  # 20:00 in Tokyo, and now 20:00 in New York
        self.assertEqual(show.starts_at, datetime(2040, 6, 11, 0, tzinfo=UTC))
        self.assertEqual(show.ends_at, datetime(2040, 6, 11, 2, tzinfo=UTC))

    def test_a_show_moves_later_and_earlier_and_keeps_its_length(self):
        starts_at = datetime(2040, 6, 10, 11, tzinfo=UTC)
        show = make_show(movie=self.alien, screen=self.screen, starts_at=starts_at)
        for day, clock, moment in [
            ("2040-06-10", "22:00", datetime(2040, 6, 10, 13, tzinfo=UTC)),  # as the show ended
            ("2040-06-12", "23:30", datetime(2040, 6, 12, 14, 30, tzinfo=UTC)),
            ("2040-06-09", "10:00", datetime(2040, 6, 9, 1, tzinfo=UTC)),
        ]:
            with self.subTest(day=day, clock=clock):
                url, data = self.form_of(show)
                self.assert_saved(
                    self.client.post(url, {**data, "starts_at_0": day, "starts_at_1": clock})
                )
                show.refresh_from_db()
                self.assertEqual(show.starts_at, moment)
                self.assertEqual(show.ends_at, moment + timedelta(hours=2))

    def test_a_show_moved_later_in_another_cinema_keeps_its_length(self):
        starts_at = datetime(2040, 6, 10, 11, tzinfo=UTC)
        show = make_show(movie=self.alien, screen=self.screen, starts_at=starts_at)
        for zone, moment in [
            ("America/New_York", datetime(2040, 6, 12, 2, 30, tzinfo=UTC)),
            ("Pacific/Kiritimati", datetime(2040, 6, 11, 8, 30, tzinfo=UTC)),
        ]:
            screen = make_screen(cinema=make_cinema(time_zone=zone))
            with self.subTest(zone=zone):
                url, data = self.form_of(show)
                new = {"screen": screen.pk, "starts_at_0": "2040-06-11", "starts_at_1": "22:30"}
                self.assert_saved(self.client.post(url, {**data, **new}))
                show.refresh_from_db()
                self.assertEqual((show.starts_at, show.screen), (moment, screen))
                self.assertEqual(show.ends_at, moment + timedelta(hours=2))

    def test_an_end_that_is_edited_too_is_the_end(self):
        starts_at = datetime(2040, 6, 10, 11, tzinfo=UTC)
        show = make_show(movie=self.alien, screen=self.screen, starts_at=starts_at)
        url, data = self.form_of(show)
        new = {"starts_at_1": "23:00", "ends_at_0": "2040-06-11", "ends_at_1": "00:15"}
        self.assert_saved(self.client.post(url, {**data, **new}))
        show.refresh_from_db()
        self.assertEqual(show.ends_at - show.starts_at, timedelta(minutes=75))

    def test_only_another_screen_keeps_all_times_to_the_moment(self):
        """Also in the hours that occur twice, in zones that change at other times and by less."""
        for zone, first in [
            ("Europe/London", datetime(2040, 10, 28, 0, 30, tzinfo=UTC)),
            ("Europe/Paris", datetime(2040, 10, 28, 0, 30, tzinfo=UTC)),
            ("America/New_York", datetime(2040, 11, 4, 5, 30, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2040, 3, 31, 14, 45, tzinfo=UTC)),
            ("Atlantic/Azores", datetime(2040, 10, 28, 0, 30, tzinfo=UTC)),
        ]:
            cinema = make_cinema(time_zone=zone)
            screens = [make_screen(cinema=cinema) for _ in range(2)]
            second = first + timedelta(minutes=30 if "Howe" in zone else 60)
            for moment in (first, second):
                show = make_show(
                    movie=self.alien,
                    screen=screens[0],
                    starts_at=moment + timedelta(seconds=7, microseconds=5),
                    ends_at=moment + timedelta(minutes=30),
                    sales_open_at=moment - timedelta(days=1),
                    sales_close_at=moment,
                )
                before = Show.objects.filter(pk=show.pk).values(*Show.TIMES).get()
                with self.subTest(zone=zone, moment=moment):
                    url, data = self.form_of(show)
                    self.assert_saved(self.client.post(url, {**data, "screen": screens[1].pk}))
                    now = Show.objects.filter(pk=show.pk).values(*Show.TIMES).get()
                    self.assertEqual(now, before)
                show.delete()

    def test_the_second_of_two_equal_times_stays_the_second_in_another_zone(self):
        paris, berlin = (
            make_screen(cinema=make_cinema(time_zone=zone))
            for zone in ("Europe/Paris", "Europe/Berlin")
        )
        second = datetime(2040, 10, 28, 1, 30, tzinfo=UTC)  # 02:30 for the second time
        show = make_show(movie=self.alien, screen=paris, starts_at=second, sales_close_at=second)
        url, data = self.form_of(show)
        self.assert_saved(self.client.post(url, {**data, "screen": berlin.pk}))
        show.refresh_from_db()
        self.assertEqual((show.starts_at, show.sales_close_at), (second, second))

    @skipUnlessDBFeature("has_select_for_update")
    def test_the_show_is_locked_before_its_bookings_are_read(self):
        """Otherwise a seat could be sold while it is removed."""
        show = make_show(screen=self.screen)
        url, data = self.form_of(show)

        with CaptureQueriesContext(connection) as queries:
            self.assert_saved(self.client.post(url, data))

        reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
        locks = [sql for sql in reads if 'FROM "movies_show"' in sql and "FOR NO KEY" in sql]
        looks = [sql for sql in reads if sql.startswith('SELECT "bookings_booking"')]
        self.assertEqual((len(locks), len(looks)), (1, 1))
        self.assertLess(reads.index(locks[0]), reads.index(looks[0]))

    def test_another_field_can_be_changed(self):
        show = make_show(screen=self.screen, starts_at=datetime(2040, 6, 10, 11, tzinfo=UTC))
        url, data = self.form_of(show)

        self.assert_saved(self.client.post(url, {**data, "format": "3D"}))

        starts_at = show.starts_at
        show.refresh_from_db()
        self.assertEqual((show.format, show.starts_at), ("3D", starts_at))
