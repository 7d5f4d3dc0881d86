from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.contrib.auth.models import Permission
from django.test import SimpleTestCase, TestCase

from movies.admin.timetable import programme_day
from movies.services import record_cancellation
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show

URL = "/admin/movies/show/timetable/"


class TimetableTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria", time_zone="Europe/Paris")
        cls.screen = make_screen(cinema=cls.cinema, name="Screen 1", turnaround_minutes=15)

    def setUp(self):
        self.client.force_login(self.staff)

    def show_at(self, hour, minute=0, *, title="Alien", minutes=120, day=10, **fields):
        """Make a show in June 2040 at this time in UTC, two hours later on the cinema's clocks."""
        return make_show(
            movie=make_movie(title, duration_minutes=minutes),
            screen=fields.pop("screen", self.screen),
            starts_at=datetime(2040, 6, day, hour, minute, tzinfo=UTC),
            **fields,
        )

    def page(self, day="2040-06-10", cinema=None):
        response = self.client.get(URL, {"cinema": (cinema or self.cinema).pk, "day": day})
        self.assertEqual(response.status_code, 200)
        return response

    def row(self, **asked):
        """Return the row of the first screen."""
        return self.page(**asked).context["rows"][0]

    def block(self, **asked):
        (block,) = self.row(**asked).blocks
        return block

    def test_a_show_is_drawn_at_its_time_on_the_cinemas_clocks(self):
        self.show_at(15, 0)  # 17:00 to 19:00, on a day drawn from 10:00 to 24:00

        block = self.block()

        self.assertEqual(block.times, "17:00–19:00")
        self.assertEqual((block.left, block.width), ("50.000%", "14.286%"))
        self.assertEqual(block.turnaround, "1.786%")
        hours = [hour for _, hour in self.page().context["hours"]]
        self.assertEqual((hours[0], hours[-1], len(hours)), ("10:00", "23:00", 14))

    def test_a_show_after_midnight_belongs_to_the_day_before(self):
        self.show_at(22, 30, day=10)  # 00:30 on the eleventh

        self.assertEqual(self.block(day="2040-06-10").times, "00:30–02:30")
        self.assertEqual(self.row(day="2040-06-11").blocks, [])

    def test_the_hours_reach_from_the_first_show_to_the_last(self):
        self.show_at(6, 20)
        self.show_at(22, 30)

        hours = [hour for _, hour in self.page().context["hours"]]

        self.assertEqual((hours[0], hours[-1]), ("08:00", "02:00"))

    def test_an_hour_occurs_twice_in_the_night_the_clocks_go_back(self):
        late = datetime(2040, 10, 27, 23, 0, tzinfo=UTC)  # 01:00, and an hour later 02:00 ...
        make_show(movie=make_movie(duration_minutes=180), screen=self.screen, starts_at=late)

        page = self.page(day="2040-10-27")

        hours = [hour for _, hour in page.context["hours"]]
        self.assertEqual(hours[-4:], ["00:00", "01:00", "02:00", "02:00"])
        self.assertEqual(page.context["rows"][0].blocks[0].times, "01:00–03:00")

    def test_sold_seats_are_counted_and_blocked_or_cancelled_seats_are_not(self):
        show = self.show_at(15, total_seats=4)
        customer = make_user()
        for number, status in [("1", "booked"), ("2", "booked"), ("3", "cancelled")]:
            make_booking(user=customer, show=show, seat_number=number, status=status)
        block_seat(show=show, seat_number="4", by=self.staff)

        page = self.page()

        self.assertContains(page, "2/4 sold")
        self.assertContains(page, "1 show, 2 of 4 seats sold.")
        block = page.context["rows"][0].blocks[0]
        self.assertEqual((block.percent_sold, block.sold), (50, "fairly"))

    def test_a_block_links_to_the_show_and_to_its_seats(self):
        show = self.show_at(15)

        page = self.page()

        self.assertContains(page, f'href="/admin/movies/show/{show.pk}/change/"')
        self.assertContains(page, f'href="/admin/bookings/booking/show/{show.pk}/"')

    def test_overlapping_shows_name_each_other_and_are_drawn_in_two_lanes(self):
        self.show_at(20, title="Up")
        self.show_at(16, title="Totoro")
        self.show_at(15, title="Alien")

        page = self.page()

        blocks = page.context["rows"][0].blocks
        self.assertEqual(
            [block.clash for block in blocks],
            ["Overlaps Totoro at 18:00", "Overlaps Alien at 17:00", ""],
        )
        self.assertEqual([block.lane for block in blocks], [0, 1, 0])
        self.assertContains(page, "Overlaps Totoro at 18:00")
        self.assertContains(page, "2 shows collide.")

    def test_a_short_turnaround_is_a_collision_too(self):
        self.show_at(15, title="Alien")
        self.show_at(17, 10, title="Totoro")

        first, second = self.row().blocks

        self.assertEqual(first.clash, "Only 10 min between this and Totoro at 19:10")
        self.assertEqual(second.clash, "Only 10 min between this and Alien at 17:00")

    def test_shows_with_the_full_turnaround_between_them_do_not_collide(self):
        self.show_at(15)
        self.show_at(17, 15)

        self.assertEqual([(block.clash, block.lane) for block in self.row().blocks], [("", 0)] * 2)

    def test_a_gap_of_half_an_hour_or_more_is_labelled(self):
        self.show_at(9)  # to 13:00, and clean at 13:15
        self.show_at(11, 44)  # 13:44
        self.assertEqual(self.row().gaps, [])

        self.show_at(9, day=11)
        self.show_at(11, 45, day=11)
        (gap,) = self.row(day="2040-06-11").gaps
        self.assertEqual(gap.minutes, 30)
        self.assertContains(self.page(day="2040-06-11"), "30 min free")

    def test_a_cancelled_show_is_drawn_but_does_not_collide(self):
        off = self.show_at(15, title="Alien")
        self.show_at(15, title="Totoro")
        record_cancellation(show=off, by=self.staff, reason="Broken")

        page = self.page()

        cancelled, live = page.context["rows"][0].blocks
        self.assertEqual([cancelled.clash, live.clash], ["", ""])
        self.assertEqual([cancelled.lane, live.lane], [1, 0])
        self.assertContains(page, "is-cancelled")
        self.assertContains(page, "1 cancelled")

    def test_titles_are_escaped(self):
        self.show_at(15, title="<script>alert(1)</script>")

        page = self.page()

        self.assertNotContains(page, "<script>alert")
        self.assertContains(page, "&lt;script&gt;alert(1)")

    def test_the_default_is_today_on_the_clocks_of_the_first_cinema(self):
        for hour, now in [(17, "64.286%"), (23, "")]:  # 19:00, and 01:00 of the same night
            with (
                self.subTest(hour=hour),
                patch("movies.admin.timetable.timezone") as clock,
            ):
                clock.now.return_value = datetime(2040, 6, 10, hour, tzinfo=UTC)
                context = self.client.get(URL).context
                self.assertEqual(context["cinema"], self.cinema)
                self.assertEqual(str(context["day"]), "2040-06-10")
                self.assertEqual(context["now"], now)

    def test_invalid_parameters_are_named_above_the_page(self):
        for query, sentence in [
            ({"day": "9999-99-99", "cinema": "x"}, "x is not one of the available choices"),
            ({"day": "9999-99-99"}, "Day: Write a date as 2026-11-27."),
            ({"day": "9999-12-31"}, "less than or equal to"),
            ({"day": "0001-01-01"}, "greater than or equal to"),
            ({"day": "2040-06-10\0"}, "Day:"),
            ({"cinema": str(2**70)}, "Cinema:"),
            ({"cinema": "<i>"}, "Cinema:"),
        ]:
            with self.subTest(query=query):
                response = self.client.get(URL, query)
                self.assertContains(response, sentence)
                self.assertNotContains(response, "<i>")
                self.assertEqual(response.context["cinema"], self.cinema)

    def test_the_first_and_the_last_day_are_drawn(self):
        for day in ("2000-01-02", "2099-12-30"):
            self.assertContains(self.page(day=day), "No shows")

    def test_a_page_without_cinemas_says_so(self):
        self.screen.delete()
        self.cinema.delete()
        self.assertContains(self.client.get(URL), "There is no cinema yet")

    def test_the_page_takes_the_same_queries_at_any_size(self):
        customer = make_user()
        for screens, shows in [(1, 2), (6, 10)]:
            for _ in range(screens):
                screen = make_screen(cinema=self.cinema)
                for number in range(shows):
                    show = self.show_at(6 + number, screen=screen, minutes=30)
                    make_booking(user=customer, show=show)
            # session, user, cinemas, screens, shows
            with self.subTest(screens=screens), self.assertNumQueries(5):
                page = self.page()
        self.assertEqual(sum(len(row.blocks) for row in page.context["rows"]), 62)

    def test_the_page_needs_the_permission_to_view_shows(self):
        clerk = make_user("clerk", is_staff=True)
        self.client.force_login(clerk)
        self.assertEqual(self.client.get(URL).status_code, 403)

        clerk.user_permissions.add(Permission.objects.get(codename="view_show"))
        page = self.client.get(URL)
        self.assertEqual(page.status_code, 200)
        self.assertNotContains(page, "Schedule several shows")

        self.client.force_login(make_user())
        self.assertRedirects(
            self.client.get(URL), f"/admin/login/?next={URL}", fetch_redirect_response=False
        )

    def test_the_list_of_shows_marks_cancelled_shows(self):
        self.show_at(15)
        record_cancellation(show=self.show_at(20), by=self.staff, reason="Broken")

        page = self.client.get("/admin/movies/show/")

        self.assertContains(page, "</a>, cancelled</td>", count=1)

    def test_the_list_of_shows_links_to_the_timetable_and_to_the_seats(self):
        show = self.show_at(15, total_seats=7)

        page = self.client.get("/admin/movies/show/")

        self.assertContains(page, f'href="{URL}"')
        self.assertContains(page, 'href="/admin/movies/show/schedule/"')
        self.assertContains(
            page, f'<a href="/admin/bookings/booking/show/{show.pk}/">7/7\xa0left</a>', html=True
        )


class ProgrammeDayTests(SimpleTestCase):
    def test_a_day_starts_at_six(self):
        six = datetime(2040, 6, 10, 6)
        self.assertEqual(str(programme_day(six)), "2040-06-10")
        self.assertEqual(str(programme_day(six - timedelta(minutes=1))), "2040-06-09")
