"""Years, months and days in the lists of the admin: by the clocks of each cinema."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, Order
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_cinema, make_screen, make_show

SHOWS = "/admin/movies/show/"
ORDERS = "/admin/bookings/order/"
BOOKINGS = "/admin/bookings/booking/"

# Cinemas from the last to the first place on earth where a day begins.
ZONES = ["Pacific/Pago_Pago", "America/Los_Angeles", "Europe/London", "Pacific/Kiritimati"]


class DayFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user()
        cls.cinemas = [make_cinema(time_zone=zone) for zone in ZONES]
        cls.screens = [make_screen(cinema=cinema) for cinema in cls.cinemas]

    def setUp(self):
        self.client.force_login(self.staff)

    def shows_at(self, *clock):
        """Return a show of each cinema that starts at this time on its own clocks."""
        return [
            make_show(
                screen=screen, starts_at=datetime(*clock, tzinfo=screen.cinema.zone).astimezone(UTC)
            )
            for screen in self.screens
        ]

    def rows(self, url, parameter="", **period):
        page = self.client.get(url, {parameter + name: period[name] for name in period})
        self.assertEqual(page.status_code, 200)
        return set(page.context["cl"].result_list)

    def offered(self, url, title, query=""):
        """Return the titles that the filter offers, and where each leads."""
        changelist = self.client.get(url + query).context["cl"]
        [spec] = [spec for spec in changelist.filter_specs if spec.title == title]
        return {choice["display"]: choice["query_string"] for choice in spec.choices(changelist)}

    def test_a_show_stands_under_the_day_of_its_cinema(self):
        last = self.shows_at(2026, 11, 27, 23, 59)
        first = self.shows_at(2026, 11, 28, 0, 0)
        for day, shows in [(26, []), (27, last), (28, first), (29, [])]:
            with self.subTest(day=day):
                found = self.rows(SHOWS, "starts_at__", year=2026, month=11, day=day)
                self.assertEqual(found, set(shows))

    def test_months_and_years_begin_and_end_by_the_cinemas_clocks(self):
        last = self.shows_at(2026, 12, 31, 23, 59)
        first = self.shows_at(2027, 1, 1, 0, 0)
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2026), set(last))
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2026, month=12), set(last))
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2027), set(first))
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2027, month=1), set(first))

    def test_what_is_offered_leads_to_its_rows(self):
        self.shows_at(2026, 12, 31, 23, 59)
        self.shows_at(2027, 2, 1, 0, 0)
        self.assertEqual(list(self.offered(SHOWS, "day")), ["Any date", "2026", "2027"])
        year = self.offered(SHOWS, "day")["2027"]
        self.assertEqual(
            list(self.offered(SHOWS, "day", year)), ["Any date", "2027", "February 2027"]
        )
        month = self.offered(SHOWS, "day", year)["February 2027"]
        days = self.offered(SHOWS, "day", month)
        self.assertEqual(list(days), ["Any date", "2027", "February 2027", "Mon 1 February"])
        asked = dict(parse_qsl(days["Mon 1 February"].lstrip("?")))
        self.assertEqual(
            asked, {"starts_at__year": "2027", "starts_at__month": "2", "starts_at__day": "1"}
        )
        found = self.client.get(SHOWS + days["Mon 1 February"]).context["cl"].result_list
        self.assertEqual(len(found), len(ZONES))

    def test_orders_and_bookings_stand_under_the_day_of_their_show(self):
        late, early = self.shows_at(2026, 11, 27, 23, 59), self.shows_at(2026, 11, 28, 0, 0)
        for show in [*late, *early]:
            make_order(user=self.customer, show=show, seats=["1"])
            block_seat(show=show, seat_number="2", by=self.staff)
        for day, shows in [(26, []), (27, late), (28, early)]:
            with self.subTest(day=day):
                found = self.rows(ORDERS, "show_", year=2026, month=11, day=day)
                self.assertEqual(found, set(Order.objects.filter(show__in=shows)))
                found = self.rows(BOOKINGS, "show_", year=2026, month=11, day=day)
                self.assertEqual(found, set(Booking.objects.filter(show__in=shows)))
        offered = self.offered(ORDERS, "day of the show", "?show_year=2026&show_month=11")
        self.assertEqual(list(offered)[3:], ["Fri 27 November", "Sat 28 November"])

    def test_creation_and_booking_stand_under_the_day_of_the_cinema(self):
        for hour, minute, name in [(23, 59, "late"), (0, 0, "early")]:
            for screen in self.screens:
                day = 27 if name == "late" else 28
                moment = datetime(2025, 11, day, hour, minute, tzinfo=screen.cinema.zone)
                order = make_order(
                    user=self.customer,
                    show=make_show(screen=screen),
                    created_at=moment.astimezone(UTC),
                )
                order.bookings.update(booked_at=moment.astimezone(UTC))
        for day in (26, 27, 28, 29):
            expected = len(ZONES) if day in (27, 28) else 0
            for url, parameter in [
                (ORDERS, "created_"),
                (BOOKINGS, "created_"),
                (BOOKINGS, "booked_"),
            ]:
                with self.subTest(day=day, url=url, parameter=parameter):
                    found = self.rows(url, parameter, year=2025, month=11, day=day)
                    self.assertEqual(len(found), expected)
                    locals_ = {row.show.local(getattr(row, f"{parameter}at")).day for row in found}
                    self.assertLessEqual(locals_, {day})
        for title in ("created", "booked"):
            query = f"?{title}_year=2025&{title}_month=11"
            offered = self.offered(BOOKINGS, title, query)
            self.assertEqual(list(offered)[3:], ["Thu 27 November", "Fri 28 November"])

    def test_a_day_that_the_clocks_skip_is_empty_and_midnights_that_they_skip_are_not(self):
        apia = make_screen(cinema=make_cinema(time_zone="Pacific/Apia"))
        cairo = make_screen(cinema=make_cinema(time_zone="Africa/Cairo"))
        before = make_show(screen=apia, starts_at=datetime(2011, 12, 30, 9, 59, tzinfo=UTC))
        after = make_show(screen=apia, starts_at=datetime(2011, 12, 30, 10, 0, tzinfo=UTC))
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2011, month=12, day=29), {before})
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2011, month=12, day=30), set())
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2011, month=12, day=31), {after})
        one = make_show(screen=cairo, starts_at=datetime(2026, 4, 23, 22, 0, tzinfo=UTC))
        self.assertEqual(self.rows(SHOWS, "starts_at__", year=2026, month=4, day=24), {one})

    def test_impossible_periods_show_the_whole_list(self):
        show = self.shows_at(2026, 11, 27, 20, 0)[0]
        make_order(user=self.customer, show=show)
        for url, parameter in [(SHOWS, "starts_at__"), (ORDERS, "created_"), (BOOKINGS, "show_")]:
            for query in (
                {"year": "9999", "month": "12", "day": "31"},
                {"year": "0"},
                {"year": "2026", "month": "13"},
                {"year": "2026", "month": "2", "day": "30"},
                {"month": "3"},
                {"year": "2026", "day": "3"},
                {"year": "9" * 5000},
                {"year": "2026", "month": "9" * 20},
                {"year": "2026", "month": "2", "day": "9" * 20},
                {"year": "x\0"},
            ):
                with self.subTest(url=url, query=query):
                    asked = {parameter + name: value for name, value in query.items()}
                    self.assertRedirects(self.client.get(url, asked), f"{url}?e=1")

    def test_lists_without_any_row_or_cinema_open(self):
        for url in (SHOWS, ORDERS, BOOKINGS):
            self.assertEqual(self.rows(url), set())
        for cinema in self.cinemas:
            cinema.delete()
        for url in (SHOWS, ORDERS, BOOKINGS):
            self.assertEqual(self.client.get(url).status_code, 200)

    def test_filters_cost_the_same_queries_at_any_size(self):
        counts = set()
        for size in (1, 30):
            for number in range(size):
                show = make_show(
                    screen=self.screens[0],
                    starts_at=datetime(2026, 11, 27, tzinfo=UTC)
                    + timedelta(days=number, hours=size),
                )
                make_order(user=self.customer, show=show)
            for url in (SHOWS, ORDERS, BOOKINGS):
                with self.subTest(url=url, size=size):
                    with CaptureQueriesContext(connection) as queries:
                        self.client.get(url)
                    counts.add((url, len(queries)))
        self.assertEqual(len(counts), 3, counts)
