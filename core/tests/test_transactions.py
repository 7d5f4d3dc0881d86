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
    """The error Django raises for this SQLSTATE."""
    error = OperationalError("lost")
    error.__cause__ = DriverError(sqlstate)
    return error


class InOneTransactionTests(TestCase):
    def write(self, *errors):
        """A write that raises the errors, one a try, after it has written something."""
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

    def test_a_lost_race_is_tried_again_from_the_start(self):
        for error in [IntegrityError("unique"), lost("40001"), lost("40P01")]:
            with self.subTest(error=error):
                Genre.objects.all().delete()
                self.assertEqual(self.write(error), "Drama")
                self.assertEqual(self.tries, 2)
                self.assertEqual(Genre.objects.count(), 1)

    def test_tries_are_bounded(self):
        with self.assertRaises(IntegrityError):
            self.write(*[IntegrityError("unique")] * (TRIES + 1))
        self.assertEqual(self.tries, TRIES)
        self.assertFalse(Genre.objects.exists())

    def test_other_errors_are_not_tried_again(self):
        for error in [ValueError("x"), lost("57014"), OperationalError("database is locked")]:
            with self.subTest(error=error), self.assertRaises(type(error)):
                self.write(error)
            self.assertEqual(self.tries, 1)


class TryToLockTests(TransactionTestCase):
    @transaction.atomic
    def try_advisory_lock(self, name):
        return try_advisory_lock(name)

    def in_another_connection(self, name):
        return at_once([lambda: self.try_advisory_lock(name)])[0]

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_a_lock_is_refused_until_the_transaction_of_its_owner_ends(self):
        with transaction.atomic():
            self.assertTrue(try_advisory_lock("tea"))
            self.assertFalse(self.in_another_connection("tea"))
            self.assertTrue(self.in_another_connection("coffee"))
        self.assertTrue(self.in_another_connection("tea"))

    def test_the_lock_of_the_only_writer_is_to_be_had(self):
        queries = int(connection.vendor == "postgresql")
        with transaction.atomic(), self.assertNumQueries(queries):
            self.assertTrue(try_advisory_lock("tea"))


class ReadingOneMomentTests(TransactionTestCase):
    def test_what_is_written_meanwhile_is_not_seen_and_does_not_wait(self):
        Genre.objects.create(name="Drama")
        with read_snapshot():
            self.assertEqual(Genre.objects.count(), 1)
            at_once([lambda: Genre.objects.create(name="Crime")])
            self.assertEqual(Genre.objects.count(), 1)
        self.assertEqual(Genre.objects.count(), 2)

    def test_it_ends_with_an_error_too(self):
        with self.assertRaises(ValueError), read_snapshot():
            raise ValueError
        with transaction.atomic():
            Genre.objects.create(name="Drama")
        self.assertEqual(at_once([Genre.objects.count]), [1])

    def test_nothing_written_within_is_kept(self):
        if connection.vendor == "postgresql":
            with self.assertRaisesMessage(InternalError, "read-only"), read_snapshot():
                Genre.objects.create(name="Drama")
        else:
            with read_snapshot(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO movies_genre (name) VALUES ('Drama')")
        self.assertFalse(Genre.objects.exists())


class DeleteInBatchesTests(TransactionTestCase):
    def setUp(self):
        self.drama = Genre.objects.create(name="Drama")
        Genre.objects.bulk_create(Genre(name=f"Crime {number}") for number in range(7))

    def test_all_rows_are_deleted_and_no_others(self):
        with mock.patch.object(transactions, "BATCH", 3):
            self.assertEqual(delete_in_batches(Genre.objects.exclude(name="Drama")), 7)
        self.assertEqual(Genre.objects.get(), self.drama)

    def test_several_who_delete_at_once_delete_each_row_once(self):
        with mock.patch.object(transactions, "BATCH", 2):
            deleted = at_once([lambda: delete_in_batches(Genre.objects.all())] * 4)
        self.assertEqual(sum(deleted), 8)

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_a_row_that_somebody_is_changing_is_left_alone(self):
        with transaction.atomic():
            Genre.objects.filter(pk=self.drama.pk).update(name="Comedy")
            [deleted] = at_once([lambda: delete_in_batches(Genre.objects.all())])
        self.assertEqual(deleted, 7)
        self.assertEqual(Genre.objects.get().name, "Comedy")
