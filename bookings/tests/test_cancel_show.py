from datetime import UTC, datetime, timedelta

from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.answers import errors_in
from accounts.tests.builders import client_of, make_staff, make_user
from accounts.tests.races import at_once
from bookings.models import Booking
from bookings.tests.builders import make_booking
from movies.models import Show
from movies.tests.builders import make_cinema, make_movie, make_screen, make_show
from movies.tests.test_staff_writes import staff_client


class CancelShowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff, cls.customer = make_staff(), make_user("customer")
        cls.screen = make_screen(cinema=make_cinema(time_zone="Europe/London"))
        cls.movie = make_movie()
        cls.starts_at = datetime(2040, 6, 10, 19, tzinfo=UTC)
        cls.show = make_show(movie=cls.movie, screen=cls.screen, starts_at=cls.starts_at)
        cls.url = f"/api/shows/{cls.show.pk}/"

    def setUp(self):
        self.client = client_of(self.staff)

    def cancel(self, **body):
        return self.client.post(f"{self.url}cancel/", body)

    def assert_refused(self, response, status, code):
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response.json()["code"], code)

    def test_a_cancelled_show_stays_at_its_url_with_the_reason(self):
        before = timezone.now()

        response = self.cancel(reason="The projector is broken.")

        self.assertEqual(response.status_code, 200, response.content)
        body = response.json()
        self.assertEqual(
            (body["is_cancelled"], body["cancel_reason"]), (True, "The projector is broken.")
        )
        self.assertEqual(body, APIClient().get(self.url).json())
        self.show.refresh_from_db()
        self.assertEqual(
            (self.show.cancelled_by, self.show.cancel_reason),
            (self.staff, "The projector is broken."),
        )
        self.assertLessEqual(before, self.show.cancelled_at)

    def test_a_reason_may_be_left_out(self):
        for body in ({}, {"reason": ""}):
            Show.objects.update(cancelled_at=None)
            with self.subTest(body=body):
                response = self.cancel(**body)
                self.assertEqual(
                    (response.status_code, response.json()["cancel_reason"]), (200, "")
                )

    def test_a_reason_is_a_bounded_text(self):
        for reason in ("x" * 201, "a\x00b", True, ["broken"], {}, None):
            with self.subTest(reason=reason):
                response = self.cancel(reason=reason)
                self.assertEqual(response.status_code, 400, response.content)
                self.assertEqual(errors_in(response)[0][0], "reason")
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_a_cancelled_show_leaves_every_list(self):
        urls = [
            "/api/shows/",
            "/api/shows/?date=2040-06-10",
            f"/api/shows/?cinema={self.screen.cinema_id}",
            f"/api/movies/{self.movie.pk}/shows/",
            f"/api/movies/?cinema={self.screen.cinema_id}",
            "/api/movies/?date=2040-06-10",
            f"/api/movies/?cinema={self.screen.cinema_id}&date=2040-06-10",
        ]
        for url in urls:
            self.assertEqual(self.client.get(url).json()["count"], 1, url)

        self.cancel()

        for url in urls:
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).json()["count"], 0)

    def test_a_past_show_that_was_cancelled_is_not_among_the_past_ones(self):
        Show.objects.update(starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now())
        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 1)

        self.cancel()

        self.assertEqual(self.client.get("/api/shows/?upcoming=false").json()["count"], 0)

    def test_the_hall_is_free_again(self):
        body = {"movie": self.movie.pk, "screen": self.screen.pk, "language": "en"}
        body |= {"starts_at": self.starts_at, "total_seats": 9}
        self.assert_refused(self.client.post("/api/shows/", body), 409, "shows_overlap")

        self.cancel()

        self.assertEqual(self.client.post("/api/shows/", body).status_code, 201)

    def test_a_cancelled_show_is_not_sold(self):
        self.cancel()

        response = client_of(self.customer).post(f"{self.url}book/", {"seat_number": "1"})

        self.assert_refused(response, 409, "show_cancelled")
        self.assertFalse(Booking.objects.exists())

    def test_a_second_time_changes_nothing(self):
        first = self.cancel(reason="first")

        second = self.cancel(reason="second")

        self.assertEqual(second.status_code, 200, second.content)
        self.assertEqual(second.json(), first.json())
        self.show.refresh_from_db()
        self.assertEqual(self.show.cancel_reason, "first")

    def test_a_show_is_not_cancelled_by_writing_its_fields(self):
        response = self.client.patch(self.url, {"is_cancelled": True, "cancel_reason": "no"})

        self.assertEqual(response.status_code, 200)
        self.show.refresh_from_db()
        self.assertEqual((self.show.cancelled_at, self.show.cancel_reason), (None, ""))

    def test_an_unknown_show_is_not_found(self):
        for pk in (self.show.pk + 1, 10**20):
            response = self.client.post(f"/api/shows/{pk}/cancel/")
            self.assert_refused(response, 404, "not_found")

    def test_who_may_not_change_shows_cancels_none(self):
        for client, status, code in (
            (APIClient(), 401, "not_authenticated"),
            (client_of(self.customer), 403, "permission_denied"),
            (staff_client("usher", "view_show", "delete_show"), 403, "permission_denied"),
            (staff_client("adder", "add_show"), 403, "permission_denied"),
        ):
            with self.subTest(code=code):
                self.client = client
                self.assert_refused(self.cancel(), status, code)
        self.show.refresh_from_db()
        self.assertFalse(self.show.is_cancelled)

    def test_who_may_change_shows_cancels_them(self):
        self.client = staff_client("changer", "change_show")

        self.assertEqual(self.cancel().status_code, 200)

    def test_cancelling_takes_the_same_queries_however_many_are_booked(self):
        for booked in (1, 20):
            Show.objects.update(cancelled_at=None)
            for seat in range(booked):
                make_booking(user=self.customer, show=self.show, seat_number=f"{booked}A{seat}")
            # user, show; savepoint, lock, update, savepoint; a batch: savepoint, lock, orders,
            # lapsed ones (2), held, booked, orders, savepoint; an empty one (4); the answer
            with self.subTest(booked=booked), self.assertNumQueries(20):
                self.cancel()


class RaceTests(TransactionTestCase):
    def test_eight_who_cancel_at_once_cancel_once(self):
        show, customer = make_show(), make_user()
        members = [make_staff(f"staff{number}") for number in range(8)]
        for seat in range(1, 6):
            make_booking(user=customer, show=show, seat_number=str(seat))

        responses = at_once(
            [
                lambda staff=staff: client_of(staff).post(f"/api/shows/{show.pk}/cancel/", {})
                for staff in members
            ]
        )

        self.assertEqual([r.status_code for r in responses], [200] * 8)
        show.refresh_from_db()
        self.assertEqual(
            list(Booking.objects.values_list("status", "cancelled_by")),
            [("cancelled", show.cancelled_by_id)] * 5,
        )

    def test_what_is_booked_after_a_show_was_cancelled_is_refused_under_load_too(self):
        show, staff = make_show(), make_staff()
        customers = [client_of(make_user(f"customer{number}")) for number in range(7)]
        url = f"/api/shows/{show.pk}/"

        cancelled, *booked = at_once(
            [lambda: client_of(staff).post(f"{url}cancel/", {})]
            + [
                lambda client=client, seat=seat: client.post(f"{url}book/", {"seat_number": seat})
                for seat, client in enumerate(customers, 1)
            ]
        )

        self.assertEqual(cancelled.status_code, 200)
        codes = {(r.status_code, r.json().get("code")) for r in booked}
        self.assertLessEqual(codes, {(201, None), (409, "show_cancelled")})
        show.refresh_from_db()
        self.assertFalse(Booking.objects.filter(created_at__gt=show.cancelled_at).exists())
