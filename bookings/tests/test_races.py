"""Bookings in real threads and transactions: each seat has exactly one winner."""

import threading
from collections import Counter

from django.db import connections, transaction
from django.test import TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from bookings import services
from bookings.errors import SeatTaken
from bookings.models import Booking, Order
from bookings.seat_request import SeatRequest
from bookings.services import selling
from movies.locks import lock_show
from testing.builders.accounts import client_of, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_show
from testing.races import at_once, outcomes
from testing.sales import first_reads_see_no_seats_taken

RACERS = 16


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.users = [make_user(f"racer{number}") for number in range(RACERS)]
        self.clients = [client_of(user) for user in self.users]
        self.show = make_show(total_seats=RACERS)

    def book_at_once(self, seats, *, clients=None):
        """Let each client book the seat at its index; return the responses."""
        clients = clients or self.clients
        url = f"/api/shows/{self.show.pk}/book/"
        return at_once(
            [
                lambda client=client, seat=seat: client.post(url, {"seat_number": seat})
                for client, seat in zip(clients, seats, strict=True)
            ]
        )

    def assert_outcomes(self, responses, expected):
        self.assertEqual(outcomes(responses), expected)

    def test_sixteen_requests_for_one_seat_sell_it_once(self):
        responses = self.book_at_once(["7"] * RACERS)
        self.assert_outcomes(responses, {(201, None): 1, (409, "seat_taken"): RACERS - 1})
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)

    def test_sixteen_requests_for_the_last_five_seats_sell_five(self):
        owner = make_user("owner")
        for seat in range(6, RACERS + 1):
            make_booking(user=owner, show=self.show, seat_number=str(seat))
        responses = self.book_at_once([str(1 + number % 5) for number in range(RACERS)])
        self.assert_outcomes(responses, {(201, None): 5, (409, "seat_taken"): RACERS - 5})
        self.assertEqual(Booking.objects.active().count(), self.show.total_seats)

    def test_sixteen_requests_for_sixteen_seats_all_succeed(self):
        responses = self.book_at_once([str(number + 1) for number in range(RACERS)])
        self.assert_outcomes(responses, {(201, None): RACERS})

    @override_settings(MAX_SEATS_PER_SHOW=3)
    def test_one_customer_on_sixteen_devices_stays_within_the_limit(self):
        responses = self.book_at_once(
            [str(number + 1) for number in range(RACERS)],
            clients=[client_of(self.users[0]) for _ in range(RACERS)],
        )
        self.assert_outcomes(responses, {(201, None): 3, (400, "seat_limit"): RACERS - 3})
        self.assertEqual(Booking.objects.count(), 3)

    def test_booking_is_cancelled_once(self):
        booking = make_booking(user=self.users[0], show=self.show)
        client = self.clients[0]
        url = f"/api/bookings/{booking.number}/cancel/"
        responses = at_once([lambda: client.post(url) for _ in range(RACERS)])
        self.assert_outcomes(responses, {(200, None): 1, (400, "already_cancelled"): RACERS - 1})

    def test_cancelled_seat_is_taken_by_one_customer(self):
        booking = make_booking(user=self.users[0], show=self.show, seat_number="7")
        url = f"/api/shows/{self.show.pk}/book/"

        def cancel():
            return self.clients[0].post(f"/api/bookings/{booking.number}/cancel/")

        def retry(client):
            """Book until it succeeds or the seat is booked by another customer.

            Each attempt returns its connection, as on a server: the pool has fewer than RACERS,
            and the cancellation needs one while the others retry.
            """
            for _ in range(50):
                response = client.post(url, {"seat_number": "7"})
                if response.status_code == 201 or booking_is_taken_over():
                    return response
                connections.close_all()
            return response

        def booking_is_taken_over():
            return Booking.objects.filter(status="booked").exclude(pk=booking.pk).exists()

        responses = at_once([cancel] + [lambda c=c: retry(c) for c in self.clients[1:]])
        self.assertEqual(responses[0].status_code, 200)
        self.assert_outcomes(responses[1:], {(201, None): 1, (409, "seat_taken"): RACERS - 2})


class ConstraintTests(TransactionTestCase):
    """Without the lock and without reading the seats, the constraint still sells a seat once."""

    def test_race_that_only_the_constraint_sees_ends_in_seat_taken(self):
        show, users = make_show(), [make_user(f"racer{number}") for number in range(4)]
        all_started = threading.Barrier(len(users), timeout=10)

        def book(user):
            all_started.wait()
            try:
                return selling.take_seats(
                    customer=user, show_id=show.pk, request=SeatRequest(("7",)), status="booked"
                )
            except SeatTaken as error:
                return error

        with first_reads_see_no_seats_taken():
            results = at_once([lambda user=user: book(user) for user in users])

        self.assertEqual(Counter(type(r).__name__ for r in results), {"Sale": 1, "SeatTaken": 3})
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(Order.objects.count(), 1)


class ShowLockTests(TransactionTestCase):
    def test_taken_seat_is_refused_while_another_transaction_keeps_the_lock(self):
        show, client = make_show(), client_of(make_user())
        make_booking(user=make_user("owner"), show=show, seat_number="7")
        is_locked, is_answered = threading.Event(), threading.Event()

        def keep_the_lock():
            with transaction.atomic():
                lock_show(show.pk)
                is_locked.set()
                return is_answered.wait(timeout=10)

        def ask():
            is_locked.wait(timeout=10)
            try:
                return [
                    client.post(f"/api/shows/{show.pk}/{what}/", body, format="json")
                    for what, body in [
                        ("book", {"seat_number": "7"}),
                        ("hold", {"seat_numbers": ["6", "7"]}),
                    ]
                ]
            finally:
                is_answered.set()

        was_answered_in_time, responses = at_once([keep_the_lock, ask])

        self.assertTrue(was_answered_in_time)
        self.assertEqual(outcomes(responses), {(409, "seat_taken"): 2})

    def test_lock_of_the_show_does_not_block_foreign_key_checks(self):
        show, user = make_show(), make_user()
        connection = connections["default"]
        with CaptureQueriesContext(connection) as queries:
            services.book_seats(customer=user, show_id=show.pk, request=SeatRequest(("7",)))
        statements = [query["sql"] for query in queries]
        if connection.vendor == "postgresql":
            self.assertEqual(
                [sql.count("FOR NO KEY UPDATE") for sql in statements if "FOR" in sql], [1]
            )
        else:
            self.assertIn("BEGIN IMMEDIATE", statements)
