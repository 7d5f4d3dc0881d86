"""Conflicts, errors and crashes of requests with an Idempotency-Key, and their retries."""

from decimal import Decimal
from unittest import mock

from django.db import OperationalError
from django.test import TestCase, TransactionTestCase
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from bookings import services
from bookings.api.seats import ShowSeatsViewSet
from bookings.models import Booking
from bookings.tests.cases import KeyedRequests
from core.errors import InternalError
from core.models import IdempotencyRecord
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import make_booking
from testing.builders.movies import make_show


class DriverError(Exception):
    sqlstate = "40001"  # serialization failure


def serialization_failure():
    error = OperationalError("lost")
    error.__cause__ = DriverError()
    return error


class FaultTests(KeyedRequests, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.alice, cls.bob, cls.staff = make_user("alice"), make_user("bob"), make_staff()
        cls.show = make_show(price=Decimal("9.50"))

    def test_conflict_leaves_the_key_unused(self):
        taken = make_booking(user=self.bob, show=self.show, seat_number="7")
        for _ in range(2):
            response = self.book()
            self.assert_problem(response, 409, "seat_taken")
            self.assertNotIn("Idempotency-Replayed", response)
        self.assertFalse(IdempotencyRecord.objects.exists())

        self.client_of(self.bob).post(f"/api/bookings/{taken.number}/cancel/")
        self.assertEqual(self.book().status_code, 201)

    def test_temporary_refusal_leaves_nothing_even_if_it_is_returned(self):
        for refused in [401, 409, 415, 429, 500, 503]:
            with (
                self.subTest(status=refused),
                mock.patch(
                    "core.http.serving.Response",
                    lambda data, status, refused=refused: Response(data, refused),
                ),
                self.assertLogs("django.request", "WARNING"),
            ):
                self.assertEqual(self.book().status_code, refused)
                self.assert_nothing_is_left()

    def test_unexpected_error_is_logged_once_and_leaves_the_key_unused(self):
        client = self.client_of(self.alice)
        client.raise_request_exception = False
        expected = APIException("Later")
        for error, logged in [(ZeroDivisionError("x"), 1), (InternalError(), 1), (expected, 0)]:
            with self.subTest(error=error):
                with (
                    mock.patch.object(services, "book_seats", side_effect=error),
                    mock.patch("core.http.problems.logger.error") as log,
                    self.assertLogs("django.request", "ERROR"),
                ):
                    self.assertEqual(self.book(client=client).status_code, 500)
                self.assertEqual(log.call_count, logged)
                self.assert_nothing_is_left()
        self.assertEqual(self.book(client=client).status_code, 201)

    def test_unreachable_database_is_logged_once(self):
        error = OperationalError("the connection is lost")
        with (
            mock.patch.object(services, "book_seats", side_effect=error),
            self.assertLogs("core.http.problems", "WARNING") as logs,
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assert_problem(self.book(), 503, "unavailable")
        self.assertEqual(len(logs.output), 1)
        self.assert_nothing_is_left()
        self.assertEqual(self.book().status_code, 201)

    def test_recorded_refusal_rolls_back_earlier_writes(self):
        refusal = ValidationError("Too late.")
        with mock.patch("core.http.serving.Response", side_effect=refusal):
            first = self.book()
        self.assertEqual(first.status_code, 400)
        self.assertFalse(Booking.objects.exists())
        self.assert_replayed(first, self.book())

    def test_race_lost_by_the_service_is_retried_with_the_key(self):
        outcomes = [serialization_failure(), mock.DEFAULT]
        with mock.patch.object(
            services, "book_seats", side_effect=outcomes, wraps=services.book_seats
        ) as book:
            self.assertEqual(self.book().status_code, 201)
        self.assertEqual(book.call_count, 2)
        self.assertEqual(Booking.objects.count(), 1)

    def test_race_lost_while_recording_is_retried(self):
        save, errors = IdempotencyRecord.save, [serialization_failure(), serialization_failure()]

        def lose_twice(record):
            if errors:
                raise errors.pop()
            save(record)

        with mock.patch.object(IdempotencyRecord, "save", lose_twice):
            first = self.book()
        self.assertEqual(first.status_code, 201, first.content)
        self.assertEqual(Booking.objects.get().number, first.json()["id"])
        self.assert_replayed(first, self.book())


class CrashTests(KeyedRequests, TransactionTestCase):
    """With real commits. An exception stands for the end of the process at this point."""

    def setUp(self):
        super().setUp()
        self.alice = make_user("alice")
        self.show = make_show()
        self.client = self.client_of(self.alice)
        self.client.raise_request_exception = False

    def test_crash_between_effect_and_record_leaves_neither(self):
        with (
            mock.patch("core.idempotency.insert_later", side_effect=ZeroDivisionError),
            self.assertLogs("core.http.problems", "ERROR") as logs,
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assert_problem(self.book(client=self.client), 500, "internal_error")
        self.assertEqual(len(logs.output), 1)
        self.assert_nothing_is_left()
        again = self.book()
        self.assertEqual(again.status_code, 201)
        self.assertNotIn("Idempotency-Replayed", again)

    def test_crash_while_rendering_leaves_neither_effect_nor_record(self):
        with (
            mock.patch.object(
                Response,
                "rendered_content",
                mock.PropertyMock(side_effect=[ZeroDivisionError, b""]),
            ),
            self.assertLogs("core.http.problems", "ERROR"),
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assertEqual(self.book(client=self.client).status_code, 500)
        self.assert_nothing_is_left()
        self.assertEqual(self.book().status_code, 201)

    def test_crash_after_the_commit_leaves_both_and_the_retry_gets_the_answer(self):
        with (
            mock.patch.object(ShowSeatsViewSet, "finalize_response", side_effect=ZeroDivisionError),
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assertEqual(self.book(client=self.client).status_code, 500)
        booking, record = Booking.objects.get(), IdempotencyRecord.objects.get()

        again = self.book()

        self.assertEqual((again.status_code, again.json()["id"]), (201, booking.number))
        self.assertEqual(again["Idempotency-Replayed"], "true")
        self.assertEqual(again.content, bytes(record.body))
        self.assertEqual(Booking.objects.count(), 1)
