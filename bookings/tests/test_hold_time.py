"""Repeated holds of the same seats: at least half of the time the seats are free for others.

First the pure rule, then holds through the URL at set times.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from unittest import mock

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from bookings.models import Booking, Order
from bookings.rules import hold_time
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_movie, make_show
from testing.clock import at
from testing.properties import given, settings, st
from testing.sales import CustomerRequests

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAX_HOLD = 1200  # seconds, as in the settings
quick = settings(max_examples=100, deadline=None)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def seconds(delta):
    return delta.total_seconds()


class HoldTimeTests(SimpleTestCase):
    def test_times_within_twice_the_longest_hold_are_added_up(self):
        spans = [(after(-3000), after(-2000)), (after(-600), after(-500)), (after(-50), after(70))]
        self.assertEqual(seconds(hold_time.time_held(spans, NOON)), 400 + 100 + 50)

    def test_past_times_outside_the_window_and_future_times_do_not_count(self):
        spans = [(after(-9000), after(-2400)), (after(5), after(10))]
        self.assertEqual(seconds(hold_time.time_held(spans, NOON)), 0)
        self.assertEqual(seconds(hold_time.time_held([], NOON)), 0)

    def test_seat_is_used_up_when_less_than_a_minute_is_left(self):
        used = {str(seconds): timedelta(seconds=seconds) for seconds in (1200, 1141, 1140, 0)}
        self.assertEqual(hold_time.used_up(used), {"1200", "1141"})

    def test_seat_that_was_held_longest_decides(self):
        used = {"1": timedelta(seconds=100), "2": timedelta(seconds=900)}
        for seats, left in [(["1"], 1100), (["1", "2"], 300), (["3"], 1200), (["3", "1"], 1100)]:
            self.assertEqual(hold_time.latest_end(NOON, used, seats), after(left))

    def test_hold_ends_after_its_time_or_at_its_latest_end(self):
        self.assertEqual(hold_time.end_of_hold(NOON, after(1000)), after(600))
        self.assertEqual(hold_time.end_of_hold(NOON, after(100)), after(100))

    @quick
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 3000),  # seconds of waiting before a hold
                st.integers(1, MAX_HOLD),  # seconds of holding, if that is allowed
                st.booleans(),  # cancelled after that time, or left to expire
            ),
            max_size=12,
        )
    )
    def test_seat_is_never_held_for_more_than_half_of_the_time(self, plan):
        now, spans = NOON, []
        for wait, keep, _ in plan:
            now += timedelta(seconds=wait)
            used = {"1": hold_time.time_held(spans, now)}
            if "1" in hold_time.used_up(used):
                continue
            end = min(now + timedelta(seconds=keep), hold_time.latest_end(now, used, ["1"]))
            self.assertGreater(end, now)
            spans.append((now, end))
            now = end
        for _, end in spans:  # a window that ends with a hold contains the longest time
            held = hold_time.time_held(spans, end)
            self.assertLessEqual(seconds(held), MAX_HOLD)

    @quick
    @given(
        st.lists(st.tuples(st.integers(-5000, 500), st.integers(0, 1500)), max_size=8),
        st.integers(0, 5000),
    )
    def test_waiting_never_increases_the_time_held(self, spans, wait):
        """Waiting moves past holds out of the window; it never adds any time."""
        spans = [(after(start), after(start + length)) for start, length in spans]
        now, later = after(600), after(600 + wait)
        spans = [span for span in spans if span[1] <= now]
        held, held_later = (hold_time.time_held(spans, moment) for moment in (now, later))
        self.assertLessEqual(held_later, held)
        self.assertEqual(hold_time.time_held(spans, after(600 + 2 * MAX_HOLD)), timedelta(0))


class RepeatedHoldTests(CustomerRequests, TestCase):
    """A hold lasts ten minutes, with extensions twenty."""

    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob = make_user("alice"), make_user("bob")
        cls.movie = make_movie()
        cls.start = timezone.now()
        cls.show = make_show(movie=cls.movie, total_seats=6)

    def after_start(self, seconds):
        """Within this context the clock stands this many seconds after the start of the test."""
        return at(self.start + timedelta(seconds=seconds))

    def post(self, path, body=None, *, at, user=None):
        with self.after_start(at):
            return client_of(user or self.alice).post(f"/api/{path}", body or {})

    def hold(self, *seat_numbers, at, user=None, show=None, **body):
        if seat_numbers:
            body["seat_numbers"] = seat_numbers
        return self.post(f"shows/{(show or self.show).pk}/hold/", body, at=at, user=user)

    def held(self, *seat_numbers, at, until=None, **kwargs):
        """Hold the seats; return the code. The hold can be extended until `until`."""
        response = self.hold(*seat_numbers, at=at, **kwargs)
        self.assertEqual(response.status_code, 201, response.content)
        order = Order.objects.get(code=response.json()["code"])
        if until is not None:
            self.assertEqual(seconds(order.extendable_until - self.start), until)
        return order.code

    def extend(self, code, *, at):
        response = self.post(f"orders/{code}/extend/", at=at)
        self.assertEqual(response.status_code, 200, response.content)

    def cancel(self, code, *, at):
        response = self.post(f"orders/{code}/cancel/", at=at)
        self.assertEqual(response.status_code, 200, response.content)

    def assert_too_long(self, response, *seat_numbers):
        self.assert_seats_refused(response, 409, "held_too_long", *seat_numbers)

    def use_up(self, *seat_numbers, **kwargs):
        """Hold the seats from second 0 to second 1200."""
        code = self.held(*seat_numbers, at=0, until=1200, **kwargs)
        self.extend(code, at=599)
        self.extend(code, at=1100)
        return code

    def test_seats_held_for_the_longest_time_are_left_to_others(self):
        self.use_up("1", "2")
        self.assert_too_long(self.hold("1", "2", "3", at=1200), "1", "2")
        self.assert_too_long(self.hold("2", at=2399), "2")
        self.held("3", at=1200, until=2400)

        self.held("1", "2", at=1300, until=2500, user=self.bob)

    def test_seat_can_be_held_again_after_the_same_time(self):
        self.use_up("1")
        self.assert_too_long(self.hold("1", at=2400), "1")
        self.held("1", at=3600, until=4800)

    def test_second_hold_continues_the_time_of_an_expired_one(self):
        self.held("1", at=0, until=1200)
        self.held("1", at=700, until=1300)
        self.assert_too_long(self.hold("1", at=1300), "1")

    def test_cancelling_and_holding_again_gains_no_time(self):
        code = self.held("1", at=0)
        self.cancel(code, at=500)
        code = self.held("1", at=500, until=1200)
        self.cancel(code, at=900)
        self.held("1", at=900, until=1200)
        self.assert_too_long(self.hold("1", at=1200), "1")

    def test_cancelling_some_seats_gains_no_time(self):
        code = self.held("1", "2", at=0)
        self.post(f"orders/{code}/cancel/", {"seat_numbers": ["1"]}, at=500)
        self.held("1", at=500, until=1200)

    def test_hold_of_several_seats_ends_with_the_seat_held_longest(self):
        self.cancel(self.held("1", at=0), at=500)
        self.held("1", "2", at=600, until=1300)

    def test_moving_a_hold_gains_no_time(self):
        code = self.held("1", at=0)
        self.cancel(code, at=590)
        code = self.held("2", at=590, until=1790)
        response = self.post(f"orders/{code}/move/", {"seat_numbers": ["1"]}, at=600)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            seconds(Order.objects.get(code=code).extendable_until - self.start), 600 + 610
        )
        self.extend(code, at=1100)
        with self.after_start(1210):
            expired = client_of(self.alice).get(f"/api/orders/{code}/").json()
        self.assertEqual(expired["status"], "expired")
        self.assert_too_long(self.hold("1", at=1210), "1")

    def test_moving_to_a_used_up_seat_is_refused(self):
        self.use_up("1")
        code = self.held("2", at=1200)
        response = self.post(f"orders/{code}/move/", {"seat_numbers": ["1"]}, at=1300)
        self.assert_too_long(response, "1")
        [line] = Order.objects.get(code=code).bookings.all()
        self.assertEqual((line.seat_number, line.status), ("2", "held"))

    def test_moving_back_and_forth_gains_no_time(self):
        code = self.held("1", at=0)
        for moment, seat in ((100, "2"), (200, "1"), (300, "2"), (400, "1")):
            response = self.post(f"orders/{code}/move/", {"seat_numbers": [seat]}, at=moment)
            self.assertEqual(response.status_code, 200, response.content)
        order = Order.objects.get(code=code)
        self.assertLessEqual(seconds(order.extendable_until - self.start), 1200)
        self.cancel(code, at=500)  # seat 1 was held from 0, 200 and 400 for 100 each
        self.held("1", at=500, until=1400)

    def test_same_seat_of_another_show_has_its_own_time(self):
        other = make_show(movie=self.movie, total_seats=6)
        self.use_up("1")
        self.held("1", at=1200, until=2400, show=other)

    def test_used_up_seats_are_not_among_the_best(self):
        self.use_up("1", "2", "3")
        response = self.hold(best=3, at=1200)
        self.assertEqual(response.status_code, 201, response.content)
        seats = [booking["seat_number"] for booking in response.json()["bookings"]]
        self.assertEqual(seats, ["4", "5", "6"])

        response = self.hold(best=1, at=1200)
        self.assert_problem(response, 409, "show_full")
        self.held(best=3, at=1200, user=self.bob)

    def test_time_of_another_customer_does_not_count(self):
        self.use_up("1")
        self.held("1", at=1200, until=2400, user=self.bob)
        self.assertEqual(Booking.objects.filter(seat_number="1").count(), 2)

    def test_used_up_seats_can_be_booked_at_once(self):
        self.use_up("1")
        response = self.post(f"shows/{self.show.pk}/book/", {"seat_number": "1"}, at=1300)
        self.assertEqual(response.status_code, 201, response.content)

    def test_confirming_and_cancelling_gains_no_time(self):
        """The time of the hold counts, the time as a booking does not."""
        code = self.held("1", at=0)
        self.assertEqual(self.post(f"orders/{code}/confirm/", at=500).status_code, 200)
        self.cancel(code, at=1500)
        self.held("1", at=1500, until=1500 + 1200 - 500)

    def test_duration_of_requests_gains_no_time(self):
        """The clock runs: no fraction of a second is left for another hold."""

        def running(since):
            start = self.start + timedelta(seconds=since)
            ticks = (start + timedelta(milliseconds=nth) for nth in count())
            return mock.patch("django.utils.timezone.now", ticks.__next__)

        client = client_of(self.alice)
        url = f"/api/shows/{self.show.pk}/hold/"
        with self.settings(HOLD_SECONDS=1200):
            with running(0):
                self.assertEqual(client.post(url, {"seat_numbers": ["1"]}).status_code, 201)
            with running(1201):
                self.assert_too_long(client.post(url, {"seat_numbers": ["1"]}), "1")
