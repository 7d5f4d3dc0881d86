"""Faults of the database during a booking: the answer is 503, and a later try succeeds."""

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
        self.addCleanup(connection.close)  # other tests must not see the settings

    def book(self):
        response = self.client.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": "7"})
        return response.status_code, response.json().get("code")

    def assert_unavailable(self):
        """Assert that a booking is answered with 503, and that the log has the reason."""
        with self.assertLogs(level="WARNING") as logs:
            self.assertEqual(self.book(), (503, "unavailable"))
        self.assertIn("core.http.problems", {record.name for record in logs.records})

    def set(self, name, value):
        with connection.cursor() as cursor:
            cursor.execute(f"SET {name} = '{value}'")

    def test_read_only_database_answers_503(self):
        self.set("default_transaction_read_only", "on")
        self.assert_unavailable()
        self.assertEqual(self.client.get(f"/api/shows/{self.show.pk}/").status_code, 200)

        self.set("default_transaction_read_only", "off")
        self.assertEqual(self.book(), (201, None))

    def test_transaction_that_is_ended_while_idle_answers_503(self):
        def stay_idle(*_, **__):
            time.sleep(0.3)

        self.set("idle_in_transaction_session_timeout", "50ms")
        with mock.patch.object(selling, "ensure_within_limit", stay_idle):
            self.assert_unavailable()

        connection.close()  # as at the end of a request
        self.assertEqual(self.book(), (201, None))

    def test_cancelled_statement_answers_503(self):
        self.set("statement_timeout", "50ms")

        def take_long(*_, **__):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(1)")

        with mock.patch.object(selling, "ensure_within_limit", take_long):
            self.assert_unavailable()
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(self.book(), (201, None))
