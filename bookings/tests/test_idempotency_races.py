"""Simultaneous requests with Idempotency-Keys, in real threads."""

import threading
import time
from unittest import mock

from django.db import connection
from django.test import TransactionTestCase, skipUnlessDBFeature

from bookings import services
from bookings.models import Booking, Order
from bookings.services import selling
from bookings.tests.cases import KeyedRequests
from core.db.statements import NOTHING
from core.models import IdempotencyRecord
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show
from testing.races import at_once, outcomes
from testing.sales import first_reads_see_no_seats_taken

RACERS = 16


class RaceTests(KeyedRequests, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.alice = make_user("alice")
        self.show = make_show(total_seats=RACERS)
        self.clients = [client_of(self.alice) for _ in range(RACERS)]

    def book_at_once(self, seats):
        return at_once(
            [
                lambda seat=seat, client=client: self.book(seat, client=client)
                for seat, client in zip(seats, self.clients, strict=True)
            ]
        )

    def test_same_request_sixteen_times_acts_once(self):
        responses = self.book_at_once(["7"] * RACERS)

        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)
        booked = [r for r in responses if r.status_code == 201]
        self.assertEqual(len({r.content for r in booked}), 1)
        self.assertEqual(sum("Idempotency-Replayed" not in r for r in booked), 1)
        for response in responses:
            if response.status_code != 201:
                self.assert_problem(response, 409, "in_progress")
                self.assertEqual(response["Retry-After"], "1")
        if connection.vendor == "sqlite":
            self.assertEqual(len(booked), RACERS)
        self.assertEqual(self.book().content, booked[0].content)

    def test_sixteen_different_requests_with_one_key_act_once(self):
        responses = self.book_at_once([str(number + 1) for number in range(RACERS)])

        counts = outcomes(responses)
        others = {(422, "idempotency_key_reused"), (409, "in_progress")}
        self.assertEqual(counts.pop((201, None)), 1)
        self.assertLessEqual(counts.keys(), others)
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    def test_sixteen_keys_do_not_block_each_other(self):
        with self.settings(MAX_SEATS_PER_SHOW=RACERS):
            responses = at_once(
                [
                    lambda seat=str(seat), client=client: self.book(seat, key=seat, client=client)
                    for seat, client in enumerate(self.clients, start=1)
                ]
            )
        self.assertEqual({r.status_code for r in responses}, {201})

    def test_race_that_only_the_constraint_sees_ends_as_without_a_key(self):
        """The service retries within the transaction of the key."""
        users = [make_user(f"racer{number}") for number in range(4)]

        with (
            first_reads_see_no_seats_taken(),
            mock.patch.object(services, "book_seats", self.book_without_precheck),
        ):
            clients = map(client_of, users)
            responses = at_once([lambda c=client: self.book(client=c) for client in clients])

        self.assertEqual(outcomes(responses), {(201, None): 1, (409, "seat_taken"): 3})
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)
        self.assertEqual(IdempotencyRecord.objects.count(), 1)

    @staticmethod
    def book_without_precheck(*, customer, show_id, request):
        return selling.take_seats(
            customer=customer, show_id=show_id, request=request, status="booked"
        )

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_second_request_is_refused_at_once_while_the_first_is_running(self):
        started, may_go_on = threading.Event(), threading.Event()
        book_seat = services.book_seats

        def book_slowly(**kwargs):
            booking = book_seat(**kwargs)
            started.set()
            may_go_on.wait(timeout=30)
            return booking

        def send_again():
            """Return the second response, and the seconds that it took."""
            started.wait(timeout=30)
            try:
                before = time.monotonic()
                return self.book(client=self.clients[1]), time.monotonic() - before
            finally:
                may_go_on.set()

        with mock.patch.object(services, "book_seats", book_slowly):
            first, (second, seconds) = at_once([self.book, send_again])

        self.assert_problem(second, 409, "in_progress")
        self.assertEqual(second["Retry-After"], "1")
        self.assertLess(seconds, 5)
        self.assertEqual(first.status_code, 201)
        self.assert_replayed(first, self.book())

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_without_the_lock_the_constraint_still_lets_a_key_act_once(self):
        both_run = threading.Barrier(2, timeout=30)
        first_try = threading.local()

        def lock_nothing(name):
            return NOTHING.then(lambda _: True)

        def book_together(**kwargs):
            if not hasattr(first_try, "is_over"):
                first_try.is_over = True
                both_run.wait()
            return book_seat(**kwargs)

        book_seat = services.book_seats
        with (
            mock.patch("core.idempotency.try_advisory_lock", lock_nothing),
            mock.patch.object(services, "book_seats", book_together),
        ):
            responses = at_once(
                [lambda seat=seat: self.book(seat, client=client_of(self.alice)) for seat in "78"]
            )

        expected = {(201, None): 1, (422, "idempotency_key_reused"): 1}
        self.assertEqual(outcomes(responses), expected)
        self.assertEqual(Booking.objects.count(), 1)
