"""What many browsers poll: which seats of a show are not available, at most a second old."""

from unittest import mock

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from bookings import availability, occupancy
from testing.builders.accounts import client_of, make_staff, make_user
from testing.builders.bookings import block_seat, make_booking
from testing.builders.movies import make_seating_plan, make_show
from testing.cache import CacheEnabled
from testing.races import at_once

POLLERS = 16


class PollingTests(CacheEnabled):
    def poll(self, show=None, **headers):
        pk = getattr(show or self.show, "pk", show)
        return self.client.get(f"/api/shows/{pk}/availability/", headers=headers)


class AvailabilityTests(PollingTests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.customer = make_user("customer")
        cls.show = make_show(seating_plan=make_seating_plan("A  sssss\nB  sssss\n"))

    def book(self, seat_number):
        client = client_of(self.customer)
        response = client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number})
        self.assertEqual(response.status_code, 201, response.content)


class CountTests(AvailabilityTests):
    def test_a_show_of_which_nothing_is_taken_is_all_available(self):
        response = self.poll()

        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(
            response.json(),
            {
                "show": self.show.pk,
                "is_cancelled": False,
                "total_seats": 10,
                "available_seats": 10,
                "held": [],
                "booked": [],
                "blocked": [],
            },
        )

    def test_seats_that_are_taken_are_listed_by_why(self):
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

    def test_a_seat_that_was_given_back_and_sold_again_is_there_once(self):
        for status in ("cancelled", "cancelled", "booked"):
            make_booking(user=self.customer, show=self.show, seat_number="A1", status=status)

        body = self.poll().json()

        self.assertEqual((body["booked"], body["available_seats"]), (["A1"], 9))

    def test_it_agrees_with_the_show_and_its_seats(self):
        make_booking(user=self.customer, show=self.show, seat_number="A1")
        url = f"/api/shows/{self.show.pk}/"

        body = self.poll().json()

        self.assertEqual(body["available_seats"], self.client.get(url).json()["available_seats"])
        free = [
            s for s in self.client.get(f"{url}seats/").json()["seats"] if s["status"] == "available"
        ]
        self.assertEqual(body["available_seats"], len(free))

    def test_a_cancelled_show_says_so(self):
        self.show.cancelled_at = timezone.now()
        self.show.save()

        self.assertIs(self.poll().json()["is_cancelled"], True)

    def test_whoever_asks_with_whatever_token_is_answered(self):
        response = self.poll(authorization="Bearer of-yesterday")

        self.assertEqual(response.status_code, 200, response.content)

    def test_an_unknown_show_is_not_found_and_not_remembered(self):
        for pk in (self.show.pk + 1000, 10**20):
            with self.subTest(pk=pk):
                response = self.poll(pk)
                self.assertEqual(response.status_code, 404, response.content)
                self.assertEqual(response["Content-Type"], "application/problem+json")
                self.assertEqual(response.json()["code"], "not_found")
        self.assertEqual(availability.availability_of.size(), 0)


class ConditionalTests(AvailabilityTests):
    def test_it_may_be_kept_but_must_be_asked_for(self):
        response = self.poll()

        self.assertEqual(response["Cache-Control"], "no-cache")
        self.assertRegex(response["ETag"], r'^"[0-9a-f]{32}"$')

    def test_who_has_the_latest_gets_304_without_a_body(self):
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
                self.assertEqual(response["Cache-Control"], "no-cache")

    def test_who_has_another_gets_the_body(self):
        etag = self.poll()["ETag"]
        for value in ('"another"', 'W/"another", "third"', etag.strip('"'), "", '"*"'):
            with self.subTest(value=value):
                response = self.poll(if_none_match=value)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["show"], self.show.pk)

    def test_the_tag_changes_with_the_seats_and_only_with_them(self):
        etag = self.poll()["ETag"]
        self.clock.now += 5
        self.assertEqual(self.poll(if_none_match=etag).status_code, 304)

        self.book("A1")
        self.clock.now += 5
        response = self.poll(if_none_match=etag)

        self.assertEqual((response.status_code, response.json()["booked"]), (200, ["A1"]))
        self.assertNotEqual(response["ETag"], etag)

    def test_shows_that_are_as_full_have_different_tags(self):
        self.assertNotEqual(self.poll()["ETag"], self.poll(make_show(total_seats=10))["ETag"])


class FreshTests(AvailabilityTests):
    def test_within_a_second_nothing_is_asked_and_then_one_query(self):
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

    def test_a_booking_is_seen_a_second_later_at_most(self):
        self.poll()
        self.book("A1")
        self.clock.now += 0.99
        self.assertEqual(self.poll().json()["booked"], [])

        self.clock.now += 0.01

        self.assertEqual(self.poll().json()["booked"], ["A1"])

    def test_an_answer_is_as_old_as_the_moment_before_it_was_asked_for(self):
        """The query may take long; what is sold meanwhile is seen a second after it began."""
        filtered = occupancy.Show.objects.filter

        def slow(**lookup):
            self.clock.now += 0.7
            return filtered(**lookup)

        with mock.patch.object(occupancy.Show.objects, "filter", slow):
            self.poll()
        self.clock.now += 0.3

        with self.assertNumQueries(1):
            self.poll()

    def test_each_show_has_its_own(self):
        other = make_show(total_seats=5)
        self.assertEqual(self.poll().json()["show"], self.show.pk)
        with self.assertNumQueries(1):
            self.assertEqual(self.poll(other).json()["total_seats"], 5)
        with self.assertNumQueries(0):
            self.assertEqual(self.poll().json()["total_seats"], 10)

    def test_a_show_that_is_deleted_is_gone_a_second_later(self):
        self.poll()
        type(self.show).objects.all().delete()
        self.clock.now += 1

        self.assertEqual(self.poll().status_code, 404)

    def test_it_remembers_so_many_shows_and_no_more(self):
        shows = [self.show, *(make_show() for _ in range(4))]
        with mock.patch.object(availability.availability_of, "max_entries", 3):
            for show in shows:
                self.assertEqual(self.poll(show).json()["show"], show.pk)
                self.assertLessEqual(availability.availability_of.size(), 3)
            with self.assertNumQueries(0):
                self.poll(shows[-1])


class ManyTests(PollingTests, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.show = make_show(total_seats=50)

    def test_sixteen_who_ask_at_once_make_one_query(self):
        def poll():
            return self.client_class().get(f"/api/shows/{self.show.pk}/availability/")

        self.wait_for_loads()
        read = availability.availability_of.function
        with mock.patch.object(availability.availability_of, "function", side_effect=read) as reads:
            responses = at_once([poll] * POLLERS)

        self.assertEqual(reads.call_count, 1)
        self.assertEqual({response.status_code for response in responses}, {200})
        self.assertEqual(len({response.content for response in responses}), 1)
