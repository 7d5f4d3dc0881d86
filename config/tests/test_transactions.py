from django.db import IntegrityError, OperationalError
from django.test import TestCase

from config.transactions import TRIES, in_one_transaction
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
