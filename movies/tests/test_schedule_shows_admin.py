from datetime import UTC, datetime

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from movies.models import Show
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)

URL = "/admin/movies/show/schedule/"


class ScheduleTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria", time_zone="Europe/Paris", currency="EUR")
        cls.plan = make_seating_plan()
        cls.screen = make_screen(
            cinema=cls.cinema, name="Screen 1", seating_plan=cls.plan, turnaround_minutes=15
        )
        cls.alien = make_movie("Alien", duration_minutes=120)

    def setUp(self):
        self.client.force_login(self.staff)

    def send(self, **changes):
        form = {
            "movie": self.alien.pk,
            "screen": self.screen.pk,
            "days": "2040-06-10",
            "times": "20:00",
            "format": "2D",
            "language": "en",
            "confirm_free": "on",
            **changes,
        }
        return self.client.post(URL, form)

    def starts(self):
        """Return the starts of all shows, on the clocks of the cinema."""
        return [f"{show.local(show.starts_at):%m-%d %H:%M}" for show in Show.objects.with_places()]

    def assert_form_shows(self, response, sentence, field=None):
        self.assertEqual(response.status_code, 200)
        errors = response.context["form"].errors
        self.assertIn(field or "__all__", errors)
        self.assertIn(sentence, " ".join(errors[field or "__all__"]))
        self.assertContains(response, "No show was scheduled.")

    def test_every_day_gets_every_time_and_the_timetable_of_the_first_is_shown(self):
        response = self.send(days="2040-06-11\r\n2040-06-10", times="20:00 17:30, 20:00")

        self.assertRedirects(
            response,
            f"/admin/movies/show/timetable/?cinema={self.cinema.pk}&day=2040-06-10",
            fetch_redirect_response=False,
        )
        self.assertContains(self.client.get(response.url), "4 shows were scheduled.")
        self.assertEqual(
            self.starts(), ["06-10 17:30", "06-10 20:00", "06-11 17:30", "06-11 20:00"]
        )
        show = Show.objects.first()
        self.assertEqual(show.starts_at, datetime(2040, 6, 10, 15, 30, tzinfo=UTC))
        self.assertEqual((show.seating_plan, show.total_seats), (self.plan, 16))

    def test_a_range_of_days_can_be_limited_to_weekdays(self):
        self.send(days="", first_day="2040-06-01", last_day="2040-06-14", weekdays=["4", "6"])

        self.assertEqual(
            self.starts(), ["06-01 20:00", "06-03 20:00", "06-08 20:00", "06-10 20:00"]
        )

    def test_a_range_without_weekdays_has_every_day(self):
        self.send(days="2040-06-02\n2040-06-09", first_day="2040-06-01", last_day="2040-06-03")

        self.assertEqual(
            self.starts(), ["06-01 20:00", "06-02 20:00", "06-03 20:00", "06-09 20:00"]
        )

    def test_a_show_after_midnight_leads_to_the_timetable_of_the_day_before(self):
        response = self.send(times="00:30")

        self.assertEqual(self.starts(), ["06-10 00:30"])
        self.assertIn("day=2040-06-09", response.url)

    def test_price_list_plan_language_and_format_are_saved(self):
        price_list = make_price_list({("Standard", "Adult"): "9.50"}, currency="EUR")
        small = make_seating_plan("A  ss\n")

        self.send(
            price_list=price_list.pk,
            seating_plan=small.pk,
            language="ja",
            subtitles="en",
            format="IMAX",
        )

        show = Show.objects.get()
        self.assertEqual((show.price_list, show.seating_plan), (price_list, small))
        self.assertEqual((show.language, show.subtitles, show.format), ("ja", "en", "IMAX"))
        self.assertEqual(show.total_seats, 2)

    def test_the_log_names_the_user_for_each_show(self):
        self.send(times="17:00 20:00")

        entries = LogEntry.objects.filter(action_flag=ADDITION, user=self.staff)
        self.assertEqual(
            sorted(entries.values_list("object_id", flat=True)),
            sorted(str(show.pk) for show in Show.objects.all()),
        )

    def test_one_collision_refuses_all_and_each_is_named_with_the_other_show(self):
        other = make_show(
            movie=make_movie("<Totoro>", duration_minutes=90),
            screen=self.screen,
            starts_at=datetime(2040, 6, 10, 19, 0, tzinfo=UTC),  # 21:00
        )

        response = self.send(days="2040-06-10 2040-06-11", times="20:00 22:10")

        self.assert_form_shows(response, "3 of 4 shows collide, so none was scheduled.")
        taken = (
            "Astoria, Screen 1 is taken by <Totoro> from 2040-06-10 21:00 to 22:30, "
            "and needs 15 minutes between two shows."
        )
        errors = response.context["form"].non_field_errors()
        self.assertEqual(errors[1], f"Sun 10 Jun 2040 20:00: {taken}")
        self.assertEqual(errors[2], f"Sun 10 Jun 2040 22:10: {taken}")
        self.assertIn("Mon 11 Jun 2040 22:10", errors[3])  # with the new one of 20:00
        self.assertIn("is taken by Alien", errors[3])
        self.assertContains(response, "&lt;Totoro&gt;")
        self.assertEqual(Show.objects.get(), other)
        self.assertFalse(LogEntry.objects.exists())

    def test_each_invalid_value_is_named(self):
        for changes, field, sentence in [
            ({"days": "2040-06-10\nmorgen"}, "days", "morgen: Write a date as 2026-11-27."),
            ({"days": "1800-01-01"}, "days", "1800-01-01: Ensure this value is greater"),
            ({"days": "9999-12-31"}, "days", "9999-12-31: Ensure this value is less"),
            ({"days": "2040-06-10\0"}, "days", "Null characters"),
            ({"days": "x" * 3000}, "days", "at most 2000"),
            ({"days": ""}, "days", "Which days?"),
            ({"times": "25:00"}, "times", "25:00: Write a time as 20:15."),
            ({"times": ""}, "times", "required"),
            (
                {"first_day": "2040-06-10"},
                "last_day",
                "The last day must be the first day or a later one",
            ),
            (
                {"first_day": "2040-06-10", "last_day": "2040-06-09"},
                "last_day",
                "The last day must be the first day or a later one",
            ),
            ({"first_day": "x", "last_day": "2040-06-09"}, "first_day", "Write a date"),
            ({"weekdays": ["7"]}, "weekdays", "not one of the available choices"),
            (
                {"first_day": "2040-01-01", "last_day": "2099-12-30"},
                "days",
                "At most 62 days at once: these are 21914.",
            ),
            (
                {"times": " ".join(f"20:{minute:02}" for minute in range(25))},
                "times",
                "At most 24 times a day.",
            ),
            ({"days": "2040-03-25", "times": "02:30"}, "times", "There is no 02:30 on 2040-03-25"),
            ({"movie": "999999"}, "movie", "valid choice"),
            ({"screen": ""}, "screen", "required"),
            ({"language": "EN"}, "language", "A language is a code"),
        ]:
            with self.subTest(changes=changes):
                self.assert_form_shows(self.send(**changes), sentence, field)
        self.assertFalse(Show.objects.exists())

    def test_a_range_without_any_of_the_weekdays_is_refused(self):
        response = self.send(days="", first_day="2040-06-10", last_day="2040-06-11", weekdays=["3"])

        self.assert_form_shows(response, "Which days?", "days")

    def test_a_screen_without_plan_needs_the_number_of_seats(self):
        bare = make_screen(cinema=self.cinema, name="Yard")

        self.assert_form_shows(self.send(screen=bare.pk), "has no seating plan", "total_seats")
        self.assertEqual(self.send(screen=bare.pk, total_seats="40").status_code, 302)
        self.assertEqual(Show.objects.get().total_seats, 40)

    def test_a_price_list_that_lacks_a_price_or_has_another_currency_is_refused(self):
        lacking = make_price_list({("Couple", "Adult"): "20.00"}, currency="EUR")
        self.assert_form_shows(self.send(price_list=lacking.pk), "has no price for Standard")

        pounds = make_price_list({("Standard", "Adult"): "9.00"}, currency="GBP")
        self.assert_form_shows(self.send(price_list=pounds.pk), "is in GBP", "price_list")
        self.assertFalse(Show.objects.exists())

    def test_a_refused_form_keeps_the_typed_values(self):
        response = self.send(times="25:00", days="2040-06-10\r\n2040-06-12")

        self.assertContains(response, "2040-06-10\r\n2040-06-12")
        self.assertContains(response, "25:00")

    def test_the_day_of_the_timetable_is_filled_in(self):
        self.assertContains(self.client.get(URL, {"days": "2040-06-10"}), "\n2040-06-10</textarea>")
        self.assertNotContains(self.client.get(URL, {"days": "<script>x"}), "<script>x")

    def test_the_page_takes_the_same_queries_at_any_size(self):
        for more in (1, 20):
            for _ in range(more):
                make_show()
            # session, user: movies, screens and price lists are fetched while one types
            with self.subTest(more=more), self.assertNumQueries(2):
                self.assertEqual(self.client.get(URL).status_code, 200)

    def test_each_further_show_takes_the_same_queries(self):
        """The number of queries grows linearly with the number of new shows."""
        counts = []
        for day, times in [("2040-06-10", "10:00 13:00"), ("2040-06-11", "10:00 13:00 16:00")]:
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.send(days=day, times=times).status_code, 302)
            counts.append(len(queries))
        self.assertLessEqual(counts[1] - counts[0], 10)

    def test_the_page_needs_the_permission_to_add_shows(self):
        clerk = make_user("clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_show"))
        self.client.force_login(clerk)
        self.assertEqual(self.client.get(URL).status_code, 403)
        self.assertEqual(self.send().status_code, 403)
        self.assertFalse(Show.objects.exists())

        clerk.user_permissions.add(Permission.objects.get(codename="add_show"))
        self.assertEqual(self.send().status_code, 302)
        self.assertEqual(Show.objects.count(), 1)

        self.client.force_login(make_user())
        self.assertRedirects(
            self.client.get(URL), f"/admin/login/?next={URL}", fetch_redirect_response=False
        )
