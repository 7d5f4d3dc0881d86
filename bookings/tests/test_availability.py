"""The availability of a show, for polling: which seats are taken, at most a second old."""

from unittest import mock

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from bookings import occupancy
from core.http.cached_reads import response_for
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_seating_plan, make_show
from testing.cache import CacheEnabled
from testing.races import at_once
from testing.sales import CustomerRequests

POLLERS = 16


class PollingTests(CacheEnabled, CustomerRequests):
    def poll(self, show=None, **headers):
        pk = getattr(show or self.show, "pk", show)
        return self.client.get(f"/api/shows/{pk}/availability/", headers=headers)


class AvailabilityTests(PollingTests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer = make_user("customer")
        cls.show = make_show(seating_plan=make_seating_plan("A  sssss\nB  sssss\n"))

    def book(self, seat_number):
        response = self.ask("book", user=self.customer, seat_number=seat_number)
        self.assertEqual(response.status_code, 201, response.content)


class CountTests(AvailabilityTests):
    def test_empty_show_is_all_available(self):
        response = self.poll()

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(
            response.json(),
            {
                "show": self.show.pk,
                "is_cancelled": False,
                "on_sale": True,
                "total_seats": 10,
                "available_seats": 10,
                "held": [],
                "booked": [],
                "blocked": [],
            },
        )

    def test_taken_seats_are_listed_by_status(self):
        for seat, status in (
            ("B2", "booked"),
            ("A1", "booked"),
            ("A2", "held"),
            ("A3", "cancelled"),
            ("A4", "expired"),
        ):
            make_booking(user=self.customer, show=self.show, seat_number=seat, status=status)
        block_seat(show=self.show, seat_number="B5", by=make_staff())
        make_booking(user=self.customer, show=make_show(), seat_number="7")

        body = self.poll().json()

        self.assertEqual((body["total_seats"], body["available_seats"]), (10, 6))
        self.assertEqual(sorted(body["booked"]), ["A1", "B2"])
        self.assertEqual((body["held"], body["blocked"]), (["A2"], ["B5"]))

    def test_seat_sold_again_is_listed_once(self):
        for status in ("cancelled", "cancelled", "booked"):
            make_booking(user=self.customer, show=self.show, seat_number="A1", status=status)

        body = self.poll().json()

        self.assertEqual((body["booked"], body["available_seats"]), (["A1"], 9))

    def test_availability_agrees_with_the_show_and_its_seats(self):
        make_booking(user=self.customer, show=self.show, seat_number="A1")
        url = f"/api/shows/{self.show.pk}/"

        body = self.poll().json()

        self.assertEqual(body["available_seats"], self.client.get(url).json()["available_seats"])
        free = [
            s for s in self.client.get(f"{url}seats/").json()["seats"] if s["status"] == "available"
        ]
        self.assertEqual(body["available_seats"], len(free))

    def test_cancelled_show_says_so(self):
        self.show.cancelled_at = timezone.now()
        self.show.save()

        self.assertIs(self.poll().json()["is_cancelled"], True)

    def test_invalid_token_is_ignored(self):
        self.poll()

        with self.assertNumQueries(0):
            response = self.poll(authorization="Bearer of-yesterday")

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response["Cache-Control"], "no-store")

    def test_unknown_show_is_not_found_and_not_cached(self):
        for pk in (self.show.pk + 1000, 10**20):
            with self.subTest(pk=pk):
                self.assert_problem(self.poll(pk), 404, "not_found")
        self.assertEqual(response_for.size(), 0)


class ConditionalTests(AvailabilityTests):
    def test_response_is_fresh_for_a_second(self):
        response = self.poll()

        self.assertEqual(response["Cache-Control"], "public, max-age=1")
        self.assertRegex(response["ETag"], r'^"[0-9a-f]{32}"$')

    def test_current_etag_gets_304_without_a_body(self):
        etag = self.poll()["ETag"]
        for value in (
            etag,
            f"W/{etag}",
            f'"another", {etag}',
            f'W/"another",W/{etag}',
            "*",
        ):
            with self.subTest(value=value):
                response = self.poll(if_none_match=value)
                self.assertEqual((response.status_code, response.content), (304, b""))
                self.assertEqual(response["ETag"], etag)
                self.assertEqual(response["Cache-Control"], "public, max-age=1")

    def test_other_etags_get_the_body(self):
        etag = self.poll()["ETag"]
        for value in ('"another"', 'W/"another", "third"', etag.strip('"'), "", '"*"'):
            with self.subTest(value=value):
                response = self.poll(if_none_match=value)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["show"], self.show.pk)

    def test_etag_changes_only_with_the_seats(self):
        etag = self.poll()["ETag"]
        self.clock.now += 5
        self.assertEqual(self.poll(if_none_match=etag).status_code, 304)

        self.book("A1")
        self.clock.now += 5
        response = self.poll(if_none_match=etag)

        self.assertEqual((response.status_code, response.json()["booked"]), (200, ["A1"]))
        self.assertNotEqual(response["ETag"], etag)

    def test_equally_full_shows_have_different_etags(self):
        self.assertNotEqual(self.poll()["ETag"], self.poll(make_show(total_seats=10))["ETag"])


class FreshTests(AvailabilityTests):
    def test_one_query_per_second_serves_all_requests(self):
        for seats in (0, 8):
            for number in range(seats):
                seat = f"{'AB'[number // 5]}{number % 5 + 1}"
                make_booking(user=self.customer, show=self.show, seat_number=seat)
            self.clock.now += 1
            with self.subTest(seats=seats):
                with self.assertNumQueries(1):
                    first = self.poll()
                self.clock.now += 0.99
                with self.assertNumQueries(0):
                    again = self.poll()
                    self.poll(if_none_match=first["ETag"])
                self.assertEqual(first.content, again.content)
                self.assertEqual(first.json()["available_seats"], 10 - seats)

    def test_booking_is_visible_within_a_second(self):
        self.poll()
        self.book("A1")
        self.clock.now += 0.99
        self.assertEqual(self.poll().json()["booked"], [])

        self.clock.now += 0.01

        self.assertEqual(self.poll().json()["booked"], ["A1"])

    def test_age_of_an_answer_counts_from_before_its_query(self):
        """The query may be slow: a sale during it is visible one second after the query began."""
        filtered = occupancy.Show.objects.filter

        def slow(**lookup):
            self.clock.now += 0.7
            return filtered(**lookup)

        with mock.patch.object(occupancy.Show.objects, "filter", slow):
            self.poll()
        self.clock.now += 0.3

        with self.assertNumQueries(1):
            self.poll()

    def test_each_show_has_its_own_entry(self):
        other = make_show(total_seats=5)
        self.assertEqual(self.poll().json()["show"], self.show.pk)
        with self.assertNumQueries(1):
            self.assertEqual(self.poll(other).json()["total_seats"], 5)
        with self.assertNumQueries(0):
            self.assertEqual(self.poll().json()["total_seats"], 10)

    def test_deleted_show_is_gone_within_a_second(self):
        self.poll()
        type(self.show).objects.all().delete()
        self.clock.now += 1

        self.assert_problem(self.poll(), 404, "not_found")

    def test_number_of_cached_shows_is_bounded(self):
        shows = [self.show, *(make_show() for _ in range(4))]
        with mock.patch.object(response_for, "max_entries", 3):
            for show in shows:
                self.assertEqual(self.poll(show).json()["show"], show.pk)
                self.assertLessEqual(response_for.size(), 3)
            with self.assertNumQueries(0):
                self.poll(shows[-1])


class ManyTests(PollingTests, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.show = make_show(total_seats=50)

    def test_sixteen_simultaneous_requests_make_one_query(self):
        def poll():
            return self.client_class().get(f"/api/shows/{self.show.pk}/availability/")

        self.wait_for_loads()
        read = response_for.function
        with mock.patch.object(response_for, "function", side_effect=read) as reads:
            responses = at_once([poll] * POLLERS)

        self.assertEqual(reads.call_count, 1)
        self.assertEqual({response.status_code for response in responses}, {200})
        self.assertEqual(len({response.content for response in responses}), 1)
