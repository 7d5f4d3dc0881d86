"""Which changes a cinema and its screens still allow once they have shows."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from movies.models import Cinema, Screen, Show
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_booking
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


class ChangeHallTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.cinema = make_cinema(name="Astoria", time_zone="Europe/London", currency="GBP")
        cls.other_cinema = make_cinema(name="Rex", time_zone="Europe/Paris", currency="EUR")
        cls.screen = make_screen(cinema=cls.cinema, name="Screen 1", turnaround_minutes=15)
        # From 18:00 to 20:00, and from 20:20.
        movie = make_movie(duration_minutes=120)
        first = datetime(2040, 6, 10, 18, tzinfo=UTC)
        cls.first = make_show(movie=movie, screen=cls.screen, starts_at=first)
        cls.second = make_show(
            movie=movie, screen=cls.screen, starts_at=first + timedelta(minutes=140)
        )

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)
        self.rows = self.rows_now()

    def rows_now(self):
        return list(Cinema.objects.values()), list(Screen.objects.values())

    def change_screen(self, screen=None, **changes):
        return self.client.patch(f"/api/screens/{(screen or self.screen).pk}/", changes)

    def change_cinema(self, **changes):
        return self.client.patch(f"/api/cinemas/{self.cinema.pk}/", changes)

    def assert_kept(self, response, code, words):
        self.assert_problem(response, 409, code, detail=words)
        self.assertEqual(self.rows_now(), self.rows)


class ScreenTests(ChangeHallTests):
    def test_a_screen_with_shows_stays_in_its_cinema(self):
        words = "This screen has shows, so it stays in its cinema."
        self.assert_kept(self.change_screen(cinema=self.other_cinema.pk), "in_use", words)
        Show.objects.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        self.assert_kept(self.change_screen(cinema=self.other_cinema.pk), "in_use", words)
        body = {"cinema": self.other_cinema.pk, "name": "Screen 1"}
        response = self.client.put(f"/api/screens/{self.screen.pk}/", body)
        self.assert_kept(response, "in_use", words)

    def test_a_screen_without_shows_moves(self):
        screen = make_screen(cinema=self.cinema)

        response = self.change_screen(screen, cinema=self.other_cinema.pk)

        self.assertEqual(
            (response.status_code, response.json()["cinema"]), (200, self.other_cinema.pk)
        )
        screen.refresh_from_db()
        self.assertEqual(screen.cinema, self.other_cinema)

    def test_a_turnaround_too_long_for_the_shows_is_refused_and_names_the_show(self):
        response = self.change_screen(turnaround_minutes=21)

        words = "2040-06-10 21:20 starts less than 21 minutes after the show before it ends."
        self.assert_kept(response, "shows_overlap", words)
        self.assertEqual(response.json()["show"], self.second.pk)

    def test_a_turnaround_that_just_fits_and_a_shorter_one_are_accepted(self):
        for minutes in (20, 0):
            with self.subTest(minutes=minutes):
                response = self.change_screen(turnaround_minutes=minutes)
                self.assertEqual(response.status_code, 200, response.content)
                self.screen.refresh_from_db()
                self.assertEqual(self.screen.turnaround_minutes, minutes)

    def test_a_shorter_turnaround_is_accepted_even_if_it_is_still_too_long(self):
        Screen.objects.update(turnaround_minutes=40)

        self.assertEqual(self.change_screen(turnaround_minutes=30).status_code, 200)

    def test_past_cancelled_and_other_shows_do_not_limit_the_turnaround(self):
        screen = make_screen(cinema=self.cinema, turnaround_minutes=0)
        past, two_hours = datetime(2020, 1, 1, tzinfo=UTC), timedelta(hours=2)
        for starts_at, cancelled_at in (
            (past, None),
            (past + two_hours, None),
            (self.first.starts_at, None),
            (self.first.starts_at + two_hours, timezone.now()),
        ):
            make_show(
                screen=screen,
                starts_at=starts_at,
                ends_at=starts_at + two_hours,
                cancelled_at=cancelled_at,
            )

        self.assertEqual(self.change_screen(screen, turnaround_minutes=60).status_code, 200)

    def test_the_turnaround_must_also_fit_after_the_present_show(self):
        screen, now = make_screen(turnaround_minutes=0), timezone.now()
        ends_at = now + timedelta(hours=1)
        make_show(screen=screen, starts_at=now - timedelta(hours=1), ends_at=ends_at)
        make_show(screen=screen, starts_at=ends_at + timedelta(minutes=10))

        response = self.change_screen(screen, turnaround_minutes=15)

        self.assertEqual(response.status_code, 409, response.content)
        self.assertEqual(response.json()["code"], "shows_overlap")

    def test_other_fields_change_and_shows_keep_their_plan(self):
        plan = make_seating_plan()

        response = self.change_screen(name="Salon", seating_plan=plan.pk)

        self.assertEqual(
            response.json(),
            {
                "id": self.screen.pk,
                "cinema": self.cinema.pk,
                "name": "Salon",
                "turnaround_minutes": 15,
                "seating_plan": plan.pk,
                "single_seats": "off",
            },
        )
        self.first.refresh_from_db()
        self.assertIsNone(self.first.seating_plan)

    def test_the_rule_for_single_seats_changes_only_when_it_is_sent(self):
        for changes, kept in (
            ({"single_seats": "reject"}, "reject"),
            ({"turnaround_minutes": 10}, "reject"),
            ({"single_seats": "off"}, "off"),
        ):
            with self.subTest(changes=changes):
                response = self.change_screen(**changes)
                self.assertEqual(
                    (response.status_code, response.json()["single_seats"]), (200, kept)
                )
                self.screen.refresh_from_db()
                self.assertEqual(self.screen.single_seats, kept)

    def test_changing_takes_the_same_queries_however_many_shows_there_are(self):
        for shows in (0, 20):
            for day in range(shows):
                starts_at = self.second.starts_at + timedelta(days=1 + day)
                make_show(screen=self.screen, starts_at=starts_at)
            with self.subTest(shows=shows), self.assertNumQueries(10):
                response = self.change_screen(turnaround_minutes=16 + shows // 10)
            self.assertEqual(response.status_code, 200, response.content)


class CinemaTests(ChangeHallTests):
    def test_time_zone_and_currency_stay_once_there_are_shows(self):
        words = "This cinema has shows, so its time zone and currency stay."
        self.assert_kept(self.change_cinema(time_zone="Europe/Dublin"), "in_use", words)
        self.assert_kept(self.change_cinema(currency="EUR", city="Paris"), "in_use", words)

    def test_a_cinema_without_shows_changes_both(self):
        Show.objects.all().delete()

        response = self.change_cinema(time_zone="Europe/Paris", currency="EUR")

        self.assertEqual(response.status_code, 200, response.content)
        self.cinema.refresh_from_db()
        self.assertEqual((self.cinema.time_zone, self.cinema.currency), ("Europe/Paris", "EUR"))

    def test_other_fields_change_and_the_same_values_may_be_sent_along(self):
        response = self.change_cinema(
            name="Palace", trailer_minutes=5, time_zone="Europe/London", currency="GBP"
        )

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response.json(), self.client.get(f"/api/cinemas/{self.cinema.pk}/").json())
        self.assertEqual(
            (response.json()["name"], response.json()["trailer_minutes"]), ("Palace", 5)
        )
        self.assertEqual(response.json()["screens"], [{"id": self.screen.pk, "name": "Screen 1"}])


class ShowTests(ChangeHallTests):
    def test_a_show_that_moves_to_another_hall_has_the_seats_of_that_hall(self):
        small, large = make_seating_plan("A  ss\n"), make_seating_plan("A  ss\nB  ss\n")
        show = make_show(screen=make_screen(cinema=self.cinema), seating_plan=large)
        hall = make_screen(cinema=self.cinema, seating_plan=small)

        response = self.client.patch(f"/api/shows/{show.pk}/", {"screen": hall.pk})

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            (response.json()["seating_plan"], response.json()["total_seats"]), (small.pk, 2)
        )

    def test_a_show_stays_where_its_seats_are_sold_if_the_other_hall_lacks_them(self):
        small, large = make_seating_plan("A  ss\n"), make_seating_plan("A  ss\nB  ss\n")
        show = make_show(screen=make_screen(cinema=self.cinema), seating_plan=large)
        make_booking(user=make_user("customer"), show=show, seat_number="B2")
        hall = make_screen(cinema=self.cinema, seating_plan=small)

        response = self.client.post(
            f"/api/shows/{show.pk}/reschedule/", {"screen": hall.pk, "reason": "Small"}
        )

        self.assertEqual(response.status_code, 409, response.content)
        self.assertEqual(response.json()["code"], "seats_sold")

    def test_a_show_does_not_move_to_a_cinema_that_sells_in_another_currency(self):
        show = make_show(
            screen=make_screen(cinema=self.cinema),
            price_list=make_price_list({("Standard", "Adult"): 9}),
        )
        abroad = make_screen(cinema=self.other_cinema)

        response = self.client.patch(f"/api/shows/{show.pk}/", {"screen": abroad.pk})

        self.assertEqual(response.status_code, 400, response.content)
        show.refresh_from_db()
        self.assertNotEqual(show.screen, abroad)


class AdminTests(ChangeHallTests):
    def setUp(self):
        super().setUp()
        self.client = self.client_class()
        self.client.force_login(self.staff)

    def send(self, row, **changes):
        """Send the form of the row with these changes."""
        url = f"/admin/movies/{row._meta.model_name}/{row.pk}/change/"
        form = self.client.get(url).context["adminform"].form
        values = {field.html_name: field.value() for field in form}
        inline = {
            f"{prefix}-{count}_FORMS": 0
            for prefix in ("screens", "refund_tiers")
            for count in ("TOTAL", "INITIAL")
        }
        data = {name: "" if value is None else value for name, value in values.items()}
        return self.client.post(url, inline | data | changes)

    def assert_form_refused(self, response, words):
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, words)
        self.assertEqual(self.rows_now(), self.rows)

    def test_a_screen_with_shows_stays_in_its_cinema(self):
        response = self.send(self.screen, cinema=self.other_cinema.pk)
        self.assert_form_refused(response, "so it stays in its cinema")

    def test_a_turnaround_too_long_for_the_shows_is_refused(self):
        response = self.send(self.screen, turnaround_minutes=21)
        self.assert_form_refused(response, "starts less than 21 minutes after the show before it")

    def test_the_rule_for_single_seats_is_chosen_and_shown(self):
        self.assertEqual(self.send(self.screen, single_seats="warn").status_code, 302)
        self.screen.refresh_from_db()
        self.assertEqual(self.screen.single_seats, Screen.SingleSeats.WARN)
        screens = self.client.get("/admin/movies/screen/?single_seats__exact=warn")
        self.assertContains(screens, '<td class="field-single_seats">the customer is warned</td>')
        self.assertEqual(self.send(self.screen, single_seats="maybe").status_code, 200)

    def test_a_shorter_turnaround_is_saved(self):
        self.assertEqual(self.send(self.screen, turnaround_minutes=5).status_code, 302)
        self.screen.refresh_from_db()
        self.assertEqual(self.screen.turnaround_minutes, 5)

    def test_time_zone_and_currency_stay_once_there_are_shows(self):
        words = "so its time zone and currency stay"
        self.assert_form_refused(self.send(self.cinema, time_zone="Europe/Dublin"), words)
        self.assert_form_refused(self.send(self.cinema, currency="EUR"), words)

    def test_other_fields_of_a_cinema_are_saved(self):
        self.assertEqual(self.send(self.cinema, name="Palace").status_code, 302)
        self.cinema.refresh_from_db()
        self.assertEqual(self.cinema.name, "Palace")


class RaceTests(TransactionTestCase):
    def test_a_screen_moves_or_gets_its_first_show_but_never_both(self):
        staff, movie, elsewhere = make_staff(), make_movie(), make_cinema()
        for _ in range(4):
            screen = make_screen()
            home = screen.cinema
            body = {"movie": movie.pk, "screen": screen.pk, "language": "en", "total_seats": 9}
            body["starts_at"] = timezone.now() + timedelta(days=2)

            moved, scheduled = at_once(
                [
                    lambda url=f"/api/screens/{screen.pk}/": client_of(staff).patch(
                        url, {"cinema": elsewhere.pk}
                    ),
                    lambda body=body: client_of(staff).post("/api/shows/", body),
                ]
            )

            self.assertEqual(scheduled.status_code, 201, scheduled.content)
            self.assertIn(moved.status_code, (200, 409))
            screen.refresh_from_db()
            self.assertEqual(screen.cinema, elsewhere if moved.status_code == 200 else home)
            self.assertEqual(scheduled.json()["cinema"], screen.cinema_id)
