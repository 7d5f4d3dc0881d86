from datetime import timedelta
from io import StringIO
from unittest import mock

from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DataError, OperationalError, connection
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.utils import timezone

from core import housekeeping
from core.models import IdempotencyRecord
from testing.builders.accounts import make_user

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LABELS = [
    "old idempotency records deleted",
    "old audit entries deleted",
    "old jobs deleted",
    "old events deleted",
    "expired tokens deleted",
    "expired sessions deleted",
    "old failed log-ins deleted",
    "old addresses of users deleted",
    "expired log-ins deleted",
    "customers without use erased",
    "keys of user names completed",
    "lapsed holds expired",
    "cancelled shows finished",
    "bookings of an older version completed",
]
PARTS = len(LABELS)


def tidy():
    out = StringIO()
    call_command("tidy", stdout=out)
    return out.getvalue().splitlines()


class TidyTests(TestCase):
    def test_every_task_reports_its_count_in_the_order_of_the_apps(self):
        self.assertEqual(tidy(), [f"0 {label}" for label in LABELS])

    def test_old_idempotency_records_are_deleted(self):
        now, alice = timezone.now(), make_user("alice")
        for key, age in [("old", 25 * HOUR), ("new", 23 * HOUR)]:
            IdempotencyRecord.objects.create(
                user=alice, key=key, fingerprint="x", status=201, created_at=now - age
            )
        self.assertIn("1 old idempotency records deleted", tidy())
        self.assertEqual(IdempotencyRecord.objects.get().key, "new")


class FailureTests(TransactionTestCase):
    def setUp(self):
        housekeeping.all_tasks()  # registers them, before a test replaces one for a while

    def tidy(self, error, *, where):
        """Fail every query of this table; return the output, the errors and the last sentence."""

        def fail(execute, sql, *args):
            if f'FROM "{where}"' in sql:
                raise error
            return execute(sql, *args)

        out, err = StringIO(), StringIO()
        with self.assertRaises(CommandError) as raised, connection.execute_wrapper(fail):
            call_command("tidy", stdout=out, stderr=err)
        self.assertEqual(raised.exception.returncode, 1)
        return out.getvalue().splitlines(), err.getvalue().splitlines(), str(raised.exception)

    def test_one_task_fails_and_the_others_run(self):
        Session.objects.create(session_key="over", expire_date=timezone.now() - SECOND)
        error = OperationalError("canceling statement\ndue to lock timeout")
        lines, errors, end = self.tidy(error, where="bookings_order")
        self.assertEqual(len(lines), PARTS - 3)  # three tasks read orders
        self.assertIn("1 expired sessions deleted", lines)
        self.assertEqual(
            errors[0],
            "Failed: lapsed holds expired: canceling statement due to lock timeout",
        )
        self.assertEqual(end, "3 of 14 parts failed; the others are done.")

    def test_any_database_error_stops_only_its_task(self):
        lines, errors, end = self.tidy(DataError("broken page"), where="django_session")
        self.assertEqual((len(lines), len(errors)), (PARTS - 1, 1))
        self.assertIn("1 of 14 parts", end)

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL: SQLite's is a file
    def test_a_lost_connection_is_replaced(self):
        """The first task loses it, as when the database restarts."""
        lost = []

        def lose():
            connection.ensure_connection()
            connection.connection.close()
            lost.append(True)
            Session.objects.count()

        with mock.patch.dict(housekeeping.tasks, {LABELS[0]: lose}):
            out, err = StringIO(), StringIO()
            with self.assertRaises(CommandError), self.assertLogs("psycopg.pool", "WARNING"):
                call_command("tidy", stdout=out, stderr=err)
        self.assertEqual((len(lost), len(out.getvalue().splitlines())), (1, PARTS - 1))

    def test_a_bug_stops_the_command_with_its_traceback(self):
        with (
            mock.patch.dict(housekeeping.tasks, {LABELS[0]: lambda: 1 / 0}),
            self.assertRaises(ZeroDivisionError),
        ):
            tidy()
