"""How many orders and seats one customer can hold at a time, over all shows."""

from collections import Counter

from django.test import TransactionTestCase, override_settings

from bookings.models import Order
from bookings.tests.cases import HoldTestCase
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_movie, make_screen, make_show
from testing.clock import end_hold
from testing.races import at_once, outcomes


class HoldLimitTests(HoldTestCase):
    def hold_at(self, show, *seats, user=None):
        body = {"seat_numbers": seats}
        return self.client_of(user or self.alice).post(f"/api/shows/{show.pk}/hold/", body)

    def shows(self, count):
        return [make_show(movie=self.show.movie, total_seats=20) for _ in range(count)]

    @override_settings(MAX_HELD_ORDERS=2)
    def test_a_customer_holds_so_many_orders_at_a_time(self):
        first, second, third = self.shows(3)
        self.assertEqual(self.hold_at(first, "1").status_code, 201)
        self.assertEqual(self.hold_at(second, "1", "2").status_code, 201)
        with self.assertLogs("bookings.services.selling", "WARNING") as logs:
            response = self.hold_at(third, "1")
        [line] = logs.output
        self.assertIn(f"Customer {self.alice.pk} holds 3 seats in 2 orders, and asked for 1", line)
        self.assert_problem(
            response,
            409,
            "hold_limit",
            orders=2,
            seats=3,
            max_orders=2,
            max_seats=30,
            asked=1,
        )
        self.assertEqual(Order.objects.count(), 2)
        self.assertEqual(self.hold_at(third, "1", user=self.bob).status_code, 201)

    @override_settings(MAX_HELD_SEATS=3)
    def test_a_customer_holds_so_many_seats_at_a_time(self):
        first, second = self.shows(2)
        self.assertEqual(self.hold_at(first, "1", "2").status_code, 201)
        with self.assertLogs("bookings.services.selling", "WARNING"):
            response = self.hold_at(second, "1", "2")
        self.assert_problem(response, 409, "hold_limit")
        self.assertEqual(self.hold_at(second, "1").status_code, 201)

    @override_settings(MAX_HELD_ORDERS=1)
    def test_what_was_confirmed_cancelled_or_has_lapsed_does_not_count(self):
        show = make_show(movie=self.show.movie, total_seats=20)
        code = self.hold_at(show, "1").json()["code"]
        self.act("confirm", code)
        code = self.hold_at(show, "2").json()["code"]
        self.act("cancel", code)
        order = Order.objects.get(code=self.hold_at(show, "3").json()["code"])
        end_hold(order)
        self.assertEqual(self.hold_at(show, "4").status_code, 201)

    @override_settings(MAX_HELD_ORDERS=1)
    def test_a_customer_at_the_limit_can_book(self):
        first, second = self.shows(2)
        self.assertEqual(self.hold_at(first, "1").status_code, 201)
        response = self.client_of(self.alice).post(
            f"/api/shows/{second.pk}/book/", {"seat_number": "1"}
        )
        self.assertEqual(response.status_code, 201)


class HoldLimitRaceTests(TransactionTestCase):
    @override_settings(MAX_HELD_ORDERS=5)
    def test_holds_of_many_shows_at_once_stay_within_the_limit(self):
        movie, screen = make_movie(), make_screen()
        shows = [make_show(movie=movie, screen=screen, total_seats=20) for _ in range(16)]
        client = client_of(make_user("alice"))
        calls = [
            lambda show=show: client.post(
                f"/api/shows/{show.pk}/hold/", {"seat_numbers": ["1", "2"]}
            )
            for show in shows
        ]
        with self.assertLogs("bookings.services.selling", "WARNING"):
            responses = at_once(calls)
        self.assertEqual(outcomes(responses), Counter({(201, None): 5, (409, "hold_limit"): 11}))
        self.assertEqual(Order.objects.filter(status="held").count(), 5)
