"""A database that answers and yet cannot do what a booking needs: 503, and nothing is lost."""

import time
from unittest import mock

from django.db import connection
from django.test import TransactionTestCase, skipUnlessDBFeature

from bookings.models import Booking
from bookings.services import selling
from testing.builders.accounts import client_of, make_user
from testing.builders.movies import make_show


@skipUnlessDBFeature("has_select_for_update")  # settings of PostgreSQL
class DatabaseFaultTests(TransactionTestCase):
    def setUp(self):
        self.show, self.client = make_show(), client_of(make_user())
        self.addCleanup(connection.close_pool)
        self.addCleanup(connection.close)  # nothing of this is left for other tests

    def book(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "7"})
        return response.status_code, response.json().get("code")

    def set(self, name, value):
        with connection.cursor() as cursor:
            cursor.execute(f"SET {name} = '{value}'")

    def test_while_it_takes_no_writes_a_booking_is_to_come_again(self):
        self.set("default_transaction_read_only", "on")
        self.assertEqual(self.book(), (503, "unavailable"))
        self.assertEqual(self.client.get(f"/api/shows/{self.show.pk}/").status_code, 200)

        self.set("default_transaction_read_only", "off")
        self.assertEqual(self.book(), (201, None))

    def test_a_booking_that_stood_still_with_the_lock_is_to_come_again(self):
        def stand_still(*_, **__):
            time.sleep(0.3)

        self.set("idle_in_transaction_session_timeout", "50ms")
        with mock.patch.object(selling, "ensure_within_limit", stand_still):
            self.assertEqual(self.book(), (503, "unavailable"))

        connection.close()  # as at the end of a request
        self.assertEqual(self.book(), (201, None))

    def test_a_booking_whose_statement_is_cancelled_is_to_come_again(self):
        self.set("statement_timeout", "50ms")

        def take_long(*_, **__):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(1)")

        with mock.patch.object(selling, "ensure_within_limit", take_long):
            self.assertEqual(self.book(), (503, "unavailable"))
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(self.book(), (201, None))
