from unittest import mock

from django.db import (
    IntegrityError,
    InternalError,
    OperationalError,
    connection,
    transaction,
)
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature

from core.db import transactions
from core.db.transactions import (
    TRIES,
    atomic_with_retry,
    delete_in_batches,
    read_snapshot,
    try_advisory_lock,
)
from movies.models import Genre
from testing.races import at_once


class DriverError(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def lost(sqlstate):
    """Return the error that Django raises for this SQLSTATE."""
    error = OperationalError("lost")
    error.__cause__ = DriverError(sqlstate)
    return error


class AtomicWithRetryTests(TestCase):
    def write(self, *errors):
        """Run a write that inserts a row and then raises one of the errors per try."""
        waiting = list(errors)

        @atomic_with_retry
        def add_genre(*, name):
            Genre.objects.create(name=name)
            self.tries += 1
            if waiting:
                raise waiting.pop(0)
            return name

        self.tries = 0
        return add_genre(name="Drama")

    def test_a_lost_race_is_retried_from_the_start(self):
        for error in [IntegrityError("unique"), lost("40001"), lost("40P01")]:
            with self.subTest(error=error):
                Genre.objects.all().delete()
                self.assertEqual(self.write(error), "Drama")
                self.assertEqual(self.tries, 2)
                self.assertEqual(Genre.objects.count(), 1)

    def test_the_number_of_tries_is_bounded(self):
        with self.assertRaises(IntegrityError):
            self.write(*[IntegrityError("unique")] * (TRIES + 1))
        self.assertEqual(self.tries, TRIES)
        self.assertFalse(Genre.objects.exists())

    def test_other_errors_are_not_retried(self):
        for error in [ValueError("x"), lost("57014"), OperationalError("database is locked")]:
            with self.subTest(error=error), self.assertRaises(type(error)):
                self.write(error)
            self.assertEqual(self.tries, 1)


class AdvisoryLockTests(TransactionTestCase):
    @transaction.atomic
    def try_advisory_lock(self, name):
        return try_advisory_lock(name).run()

    def in_another_connection(self, name):
        return at_once([lambda: self.try_advisory_lock(name)])[0]

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_a_lock_is_held_until_the_transaction_of_its_owner_ends(self):
        with transaction.atomic():
            self.assertTrue(try_advisory_lock("tea").run())
            self.assertFalse(self.in_another_connection("tea"))
            self.assertTrue(self.in_another_connection("coffee"))
        self.assertTrue(self.in_another_connection("tea"))

    def test_a_free_lock_is_taken_at_once(self):
        queries = int(connection.vendor == "postgresql")
        with transaction.atomic(), self.assertNumQueries(queries):
            self.assertTrue(try_advisory_lock("tea").run())


class SnapshotTests(TransactionTestCase):
    def test_concurrent_writes_are_not_seen_and_do_not_wait(self):
        Genre.objects.create(name="Drama")
        with read_snapshot():
            self.assertEqual(Genre.objects.count(), 1)
            at_once([lambda: Genre.objects.create(name="Crime")])
            self.assertEqual(Genre.objects.count(), 1)
        self.assertEqual(Genre.objects.count(), 2)

    def test_a_snapshot_ends_with_an_exception_too(self):
        with self.assertRaises(ValueError), read_snapshot():
            raise ValueError
        with transaction.atomic():
            Genre.objects.create(name="Drama")
        self.assertEqual(at_once([Genre.objects.count]), [1])

    def test_writes_within_a_snapshot_are_not_kept(self):
        if connection.vendor == "postgresql":
            with self.assertRaisesMessage(InternalError, "read-only"), read_snapshot():
                Genre.objects.create(name="Drama")
        else:
            with read_snapshot(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO movies_genre (name, name_key) VALUES ('Drama', 'drama')"
                )
        self.assertFalse(Genre.objects.exists())


class DeleteInBatchesTests(TransactionTestCase):
    def setUp(self):
        self.drama = Genre.objects.create(name="Drama")
        Genre.objects.bulk_create(Genre(name=f"Crime {number}") for number in range(7))

    def test_only_the_rows_of_the_queryset_are_deleted(self):
        with mock.patch.object(transactions, "BATCH", 3):
            self.assertEqual(delete_in_batches(Genre.objects.exclude(name="Drama")), 7)
        self.assertEqual(Genre.objects.get(), self.drama)

    def test_concurrent_deletions_delete_each_row_once(self):
        with mock.patch.object(transactions, "BATCH", 2):
            deleted = at_once([lambda: delete_in_batches(Genre.objects.all())] * 4)
        self.assertEqual(sum(deleted), 8)

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_a_row_that_is_locked_by_a_change_is_skipped(self):
        with transaction.atomic():
            self.drama.name = "Comedy"
            self.drama.save()
            [deleted] = at_once([lambda: delete_in_batches(Genre.objects.all())])
        self.assertEqual(deleted, 7)
        self.assertEqual(Genre.objects.get().name, "Comedy")
