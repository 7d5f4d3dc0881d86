from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature

from accounts.tests.races import at_once
from config.transactions import TRIES, in_one_transaction, try_to_lock
from movies.models import Genre


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

        @in_one_transaction
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
    def try_to_lock(self, name):
        return try_to_lock(name)

    def in_another_connection(self, name):
        return at_once([lambda: self.try_to_lock(name)])[0]

    @skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
    def test_a_lock_is_refused_until_the_transaction_of_its_owner_ends(self):
        with transaction.atomic():
            self.assertTrue(try_to_lock("tea"))
            self.assertFalse(self.in_another_connection("tea"))
            self.assertTrue(self.in_another_connection("coffee"))
        self.assertTrue(self.in_another_connection("tea"))

    def test_the_lock_of_the_only_writer_is_to_be_had(self):
        queries = int(connection.vendor == "postgresql")
        with transaction.atomic(), self.assertNumQueries(queries):
            self.assertTrue(try_to_lock("tea"))
