from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions


class ShowTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.cinema = make_cinema(name="Rex", time_zone="Europe/Paris", currency="EUR")
        cls.screen = make_screen(cinema=cls.cinema, name="Screen 2")
        cls.movie = make_movie("Alien")
        cls.summer = make_show(
            movie=cls.movie,
            screen=cls.screen,
            starts_at=datetime(2025, 7, 14, 18, 30, tzinfo=UTC),
            total_seats=120,
            price=Decimal("9.50"),
            subtitles="fr",
            sales_close_at=datetime(2025, 7, 14, 18, tzinfo=UTC),
        )
        cls.next_week = make_show(starts_at=timezone.now() + timedelta(days=7))
        cls.tomorrow = make_show(screen=cls.screen, format="3D")

    def found(self, **parameters):
        response = self.client.get("/api/shows/", parameters)
        self.assertEqual(response.status_code, 200, response.content)
        return [show["id"] for show in response.json()["results"]]

    def test_a_show_is_answered_with_its_places_its_price_and_the_offset_of_its_cinema(self):
        with self.assertNumQueries(1):
            response = self.client.get(f"/api/shows/{self.summer.pk}/")

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.json(),
            {
                "id": self.summer.pk,
                "movie": self.movie.pk,
                "movie_title": "Alien",
                "cinema": self.cinema.pk,
                "cinema_name": "Rex",
                "screen": self.screen.pk,
                "screen_name": "Screen 2",
                "starts_at": "2025-07-14T20:30:00+02:00",
                "ends_at": "2025-07-14T22:27:00+02:00",
                "time_zone": "Europe/Paris",
                "format": "2D",
                "language": "en",
                "subtitles": "fr",
                "seating_plan": None,
                "total_seats": 120,
                "available_seats": 0,
                "on_sale": False,
                "sold_out": False,
                "few_left": False,
                "price_list": self.summer.price_list.pk,
                "price_from": "9.50",
                "currency": "EUR",
                "sales_open_at": None,
                "sales_close_at": "2025-07-14T20:00:00+02:00",
                "is_cancelled": False,
                "cancel_reason": "",
                "full_refund_until": None,
            },
        )

    def test_the_offset_is_the_one_of_that_day(self):
        winter = make_show(screen=self.screen, starts_at=datetime(2025, 1, 14, 19, 30, tzinfo=UTC))

        body = self.client.get(f"/api/shows/{winter.pk}/").json()

        self.assertEqual(body["starts_at"], "2025-01-14T20:30:00+01:00")

    def test_an_unknown_show_is_a_404(self):
        for number in (0, self.tomorrow.pk + 100, 2**63):
            with self.subTest(number=number):
                response = self.client.get(f"/api/shows/{number}/")
                self.assert_problem(response, 404, "not_found")

    def test_the_list_has_the_shows_yet_to_start_the_next_one_first(self):
        self.assertEqual(self.found(), [self.tomorrow.pk, self.next_week.pk])

    def test_upcoming_false_gives_the_past_ones(self):
        self.assertEqual(self.found(upcoming="false"), [self.summer.pk])

    def test_the_list_is_filtered(self):
        tomorrow = [self.tomorrow.pk]
        day = self.tomorrow.local(self.tomorrow.starts_at).date().isoformat()
        self.assertEqual(self.found(movie=self.tomorrow.movie_id), tomorrow)
        self.assertEqual(self.found(cinema=self.cinema.pk), tomorrow)
        self.assertEqual(self.found(date=day), tomorrow)
        self.assertEqual(self.found(format="3D"), tomorrow)
        self.assertEqual(self.found(language="fr"), [])
        self.assertEqual(self.found(format="2D", cinema=self.cinema.pk), [])

    def test_a_malformed_value_is_refused_by_the_name_of_its_parameter(self):
        malformed = {
            "movie": "alien",
            "cinema": str(2**63),
            "date": "14/07/2025",
            "format": "70mm",
            "language": "english",
            "upcoming": "1",
            "page_size": "all",
        }
        for field, value in malformed.items():
            with self.subTest(field=field):
                response = self.client.get("/api/shows/", {field: value})
                body = self.assert_problem(response, 400, "invalid")
                self.assertEqual({error["field"] for error in body["errors"]}, {field})

    def test_ten_times_the_shows_and_bookings_take_the_same_two_queries(self):
        user = make_user()
        make_booking(user=user, show=self.tomorrow)
        with self.assertNumQueries(2):
            self.assertEqual(len(self.found()), 2)

        for _ in range(18):
            show = make_show(movie=self.movie)
            for seat in ("1", "2"):
                make_booking(user=user, show=show, seat_number=seat)
        with self.assertNumQueries(2):
            self.assertEqual(len(self.found()), 20)


class AvailableSeatsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.show, cls.other = make_show(total_seats=10), make_show(total_seats=10)
        cls.user = make_user()

    def assert_available(self, show, seats):
        url = f"/api/shows/{show.pk}/"
        self.assertEqual(self.client.get(url).json()["available_seats"], seats)
        listed = self.client.get("/api/shows/").json()["results"]
        self.assertEqual([s["available_seats"] for s in listed if s["id"] == show.pk], [seats])

    def test_seats_that_are_booked_held_or_blocked_are_not_available(self):
        for number, status in enumerate(["booked", "held", "blocked"], start=1):
            make_booking(user=self.user, show=self.show, seat_number=str(number), status=status)
            with self.subTest(status=status):
                self.assert_available(self.show, 10 - number)

    def test_a_seat_that_staff_keep_off_sale_is_not_available(self):
        block_seat(show=self.show, seat_number="1", by=self.user)

        self.assert_available(self.show, 9)

    def test_cancelled_and_expired_bookings_take_no_seat(self):
        for status in ("cancelled", "expired"):
            make_booking(user=self.user, show=self.show, seat_number="1", status=status)
            with self.subTest(status=status):
                self.assert_available(self.show, 10)

    def test_a_full_show_has_none_and_the_other_show_still_has_all(self):
        for number in range(1, 11):
            make_booking(user=self.user, show=self.show, seat_number=str(number))

        self.assert_available(self.show, 0)
        self.assert_available(self.other, 10)
