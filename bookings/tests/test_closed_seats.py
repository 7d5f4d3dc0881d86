"""The seats of a show that is not on sale: none of them is available."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_order
from testing.builders.movies import make_seating_plan, make_show
from testing.cache import CacheEnabled
from testing.clock import at
from testing.sales import CustomerRequests

HOUR = timedelta(hours=1)


class ClosedSeatsTests(CustomerRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.staff = make_user("alice"), make_staff()
        cls.plan = make_seating_plan("A  ssss\nB  cc\n")
        now = timezone.now()
        cls.closed = {
            name: cls.make_show(**fields)
            for name, fields in [
                ("started", {"starts_at": now - HOUR}),
                ("over", {"starts_at": now - 48 * HOUR}),
                ("cancelled", {"cancelled_at": now}),
                ("closed", {"sales_close_at": now - HOUR}),
                ("not yet open", {"sales_open_at": now + HOUR}),
            ]
        }

    @classmethod
    def make_show(cls, **fields):
        show = make_show(seating_plan=cls.plan, **fields)
        make_order(user=cls.alice, show=show, seats=["A1"])
        make_order(user=cls.alice, show=show, seats=["A2"], status="held")
        block_seat(show=show, seat_number="A3", by=cls.staff)
        return show

    def get(self, show, what):
        response = self.client.get(f"/api/shows/{show.pk}/{what}")
        self.assertEqual(response.status_code, 200, response.content)
        return response

    def test_free_seats_are_closed_and_sold_ones_still_show(self):
        for name, show in self.closed.items():
            with self.subTest(show=name):
                seats = self.get(show, "seats/").json()["seats"]
                self.assertEqual(
                    [seat["status"] for seat in seats],
                    ["booked", "held", "blocked", "closed", "closed", "closed"],
                )
                self.assertEqual(seats[3]["text"], "Row A, seat 4, aisle, standard, closed, free")

    def test_availability_counts_none(self):
        for name, show in self.closed.items():
            with self.subTest(show=name):
                body = self.get(show, "availability/").json()
                self.assertEqual((body["available_seats"], body["on_sale"]), (0, False))
                self.assertEqual((body["total_seats"], body["booked"]), (6, ["A1"]))

    def test_picture_has_no_available_seat(self):
        for name, show in self.closed.items():
            with self.subTest(show=name):
                picture = self.get(show, "seats.svg").content.decode()
                self.assertNotIn('data-status="available"', picture)
                self.assertEqual(picture.count('data-status="closed"'), 3)
                self.assertIn("6 seats, 1 held, 1 booked, 1 blocked, 3 closed.", picture)

    def test_staff_see_the_same_when_they_block_a_seat(self):
        client = self.client_of(self.staff)
        url = f"/api/shows/{self.closed['not yet open'].pk}/block/"

        body = client.post(url, {"seat_numbers": ["A4"], "reason": "camera"}).json()

        statuses = ["booked", "held", "blocked", "blocked", "closed", "closed"]
        self.assertEqual([seat["status"] for seat in body["seats"]], statuses)

    def test_closed_seats_cost_no_query_more(self):
        for show in (self.make_show(), self.closed["started"]):
            self.get(show, "seats/")
            for what, queries in (("seats/", 3), ("availability/", 1), ("seats.svg", 3)):
                with self.subTest(what=what), self.assertNumQueries(queries):
                    self.get(show, what)


class ClockTests(CacheEnabled, CustomerRequests, TestCase):
    def test_availability_and_its_etag_change_when_the_show_starts(self):
        show = make_show(total_seats=3)
        url = f"/api/shows/{show.pk}/availability/"
        first = self.client.get(url)
        self.clock.now += 1.1

        with at(show.starts_at):
            again = self.client.get(url, headers={"If-None-Match": first["ETag"]})

        self.assertEqual((first.json()["available_seats"], again.status_code), (3, 200))
        self.assertEqual(again.json()["available_seats"], 0)
