from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_cinema, make_screen, make_show


class MyBookingsTests(TestCase):
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
        response = client_of(self.alice).get(f"/api/my-bookings/{query}")
        self.assertEqual(response.status_code, 200, response.content)
        return [booking["id"] for booking in response.json()["results"]]

    def test_only_the_own_bookings_the_newest_first(self):
        self.assertEqual(self.ids(), [self.third.pk, self.second.pk, self.first.pk])

    def test_by_status(self):
        self.assertEqual(self.ids("?status=booked"), [self.second.pk, self.first.pk])
        self.assertEqual(self.ids("?status=cancelled"), [self.third.pk])

    def test_upcoming_and_past(self):
        self.assertEqual(self.ids("?upcoming=true"), [self.third.pk, self.first.pk])
        self.assertEqual(self.ids("?upcoming=false"), [self.second.pk])

    def test_a_malformed_filter_names_its_parameter(self):
        for name, value in [("status", "sold"), ("upcoming", "maybe"), ("page", "x")]:
            with self.subTest(name=name):
                response = client_of(self.alice).get("/api/my-bookings/", {name: value})
                self.assertEqual(response.status_code, 400)
                self.assertEqual([e["field"] for e in response.json()["errors"]], [name])

    def test_times_carry_the_offset_of_the_cinema(self):
        booking = client_of(self.alice).get(f"/api/bookings/{self.first.pk}/").json()
        self.assertTrue(booking["starts_at"].endswith("+09:00"), booking)
        self.assertTrue(booking["created_at"].endswith("+09:00"), booking)

    def test_pages(self):
        body = client_of(self.alice).get("/api/my-bookings/?page_size=2&page=2").json()
        self.assertEqual((body["count"], len(body["results"])), (3, 1))
        self.assertIsNone(body["next"])
        self.assertIn("page_size=2", body["previous"])

    def test_only_who_is_logged_in(self):
        self.assertEqual(self.client.get("/api/my-bookings/").status_code, 401)
        self.assertEqual(self.client.get(f"/api/bookings/{self.first.pk}/").status_code, 401)

    def test_one_booking_is_shown_to_its_owner_alone(self):
        url = f"/api/bookings/{self.others.pk}/"
        self.assertEqual(client_of(self.bob).get(url).json()["id"], self.others.pk)
        for user in [self.alice, make_staff()]:
            response = client_of(user).get(url)
            self.assertEqual(response.status_code, 403)
            self.assertEqual(response.json()["code"], "permission_denied")

    def test_an_unknown_booking_is_not_found(self):
        for pk in ["0", "999999", "9" * 30, "x"]:
            self.assertEqual(client_of(self.alice).get(f"/api/bookings/{pk}/").status_code, 404)

    def test_the_list_costs_three_queries_at_any_length(self):
        for more in [0, 15]:
            for seat in range(more):
                make_booking(user=self.alice, show=make_show(), seat_number=str(seat + 1))
            client = client_of(self.alice)
            with self.subTest(more=more), self.assertNumQueries(3):
                client.get("/api/my-bookings/")

    def test_one_booking_costs_two_queries(self):
        client = client_of(self.alice)
        with self.assertNumQueries(2):
            client.get(f"/api/bookings/{self.first.pk}/")
