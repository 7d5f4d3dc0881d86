"""A customer's own bookings."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from movies.models import Show
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_movie, make_screen, make_show
from testing.cases import APIAssertions


class MyBookingsTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.show = make_show(screen=make_screen(cinema=make_cinema(time_zone="Asia/Tokyo")))
        cls.past = make_show(starts_at=timezone.now() - timedelta(days=1))
        cls.first = make_booking(user=cls.alice, show=cls.show, seat_number="1")
        cls.second = make_booking(user=cls.alice, show=cls.past, seat_number="1")
        cls.third = make_booking(user=cls.alice, show=cls.show, seat_number="3", status="cancelled")
        cls.others = make_booking(user=cls.bob, show=cls.show, seat_number="2")

    def ids(self, query=""):
        response = self.client_of(self.alice).get(f"/api/my-bookings/{query}")
        self.assertEqual(response.status_code, 200, response.content)
        return [booking["id"] for booking in response.json()["results"]]

    def test_list_has_only_own_bookings_the_newest_first(self):
        self.assertEqual(self.ids(), [self.third.number, self.second.number, self.first.number])

    def test_list_can_be_filtered_by_status(self):
        self.assertEqual(self.ids("?status=booked"), [self.second.number, self.first.number])
        self.assertEqual(self.ids("?status=cancelled"), [self.third.number])

    def test_list_can_be_filtered_by_time(self):
        self.assertEqual(self.ids("?upcoming=true"), [self.third.number, self.first.number])
        self.assertEqual(self.ids("?upcoming=false"), [self.second.number])

    def test_malformed_filter_names_its_parameter(self):
        for name, value in [("status", "sold"), ("upcoming", "maybe"), ("page", "x")]:
            with self.subTest(name=name):
                response = self.client_of(self.alice).get("/api/my-bookings/", {name: value})
                body = self.assert_problem(response, 400, "invalid")
                self.assertEqual([error["field"] for error in body["errors"]], [name])

    def test_times_have_the_offset_of_the_cinema(self):
        booking = self.client_of(self.alice).get(f"/api/bookings/{self.first.number}/").json()
        self.assertTrue(booking["starts_at"].endswith("+09:00"), booking)
        self.assertTrue(booking["created_at"].endswith("+09:00"), booking)

    def test_booking_has_its_movie_and_the_time_zone_of_its_cinema(self):
        movie = make_movie("Aliens", poster_url="https://media.example/aliens.jpg")
        Show.objects.filter(pk=self.show.pk).update(movie=movie)

        booking = self.client_of(self.alice).get(f"/api/bookings/{self.first.number}/").json()

        self.assertEqual(
            [booking[name] for name in ("movie", "poster_url", "time_zone")],
            [movie.pk, "https://media.example/aliens.jpg", "Asia/Tokyo"],
        )

    def test_list_has_pages(self):
        body = self.client_of(self.alice).get("/api/my-bookings/?page_size=2&page=2").json()
        self.assertEqual((body["count"], len(body["results"])), (3, 1))
        self.assertIsNone(body["next"])
        self.assertIn("page_size=2", body["previous"])

    def test_bookings_need_a_login(self):
        for path in ("my-bookings", f"bookings/{self.first.number}"):
            self.assert_problem(self.client.get(f"/api/{path}/"), 401, "not_authenticated")

    def test_booking_is_shown_only_to_its_customer(self):
        url = f"/api/bookings/{self.others.number}/"
        self.assertEqual(self.client_of(self.bob).get(url).json()["id"], self.others.number)
        for user in [self.alice, make_staff()]:
            self.assert_problem(self.client_of(user).get(url), 403, "permission_denied")

    def test_only_its_customer_finds_a_booking_by_its_primary_key(self):
        """Its id in version 0.1.0. Then ids counted the sales."""
        url = f"/api/bookings/{self.others.pk}/"
        self.assertEqual(self.client_of(self.bob).get(url).json()["id"], self.others.number)
        self.assert_problem(self.client_of(self.alice).get(url), 404, "not_found")

    def test_unknown_booking_is_not_found(self):
        for pk in ["0", "999999", "9" * 30, "x"]:
            response = self.client_of(self.alice).get(f"/api/bookings/{pk}/")
            self.assert_problem(response, 404, "not_found")

    def test_list_costs_three_queries_at_any_length(self):
        for more in [0, 15]:
            for seat in range(more):
                make_booking(user=self.alice, show=make_show(), seat_number=str(seat + 1))
            client = self.client_of(self.alice)
            with self.subTest(more=more), self.assertNumQueries(3):
                client.get("/api/my-bookings/")

    def test_booking_costs_two_queries(self):
        client = self.client_of(self.alice)
        with self.assertNumQueries(2):
            client.get(f"/api/bookings/{self.first.number}/")
