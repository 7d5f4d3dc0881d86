"""Writes that travel with COMMIT."""

from django.db import DatabaseError, DataError, IntegrityError, connection
from django.db.transaction import atomic
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from core.db.statements import Query, together
from core.db.transactions import atomic_with_retry
from core.db.writes import insert_later, next_keys, update_later
from movies.models import Cinema, Genre
from testing.builders.movies import make_show


def cinema(pk, **fields):
    fields = {"name": f"Cinema {pk}", "city": "Graz", "currency": "EUR"} | fields
    return Cinema(pk=pk, time_zone="Europe/Vienna", **fields)


class WriteTests(TestCase):
    def test_rows_with_their_keys_are_saved_with_one_statement(self):
        with atomic():
            [[keys]] = together(next_keys((Cinema, 3)))
            cinemas = [cinema(key) for key in keys]
            with CaptureQueriesContext(connection) as queries:
                insert_later(cinemas)
        self.assertEqual([sql["sql"].split(" (")[0] for sql in queries], [INSERT])
        saved = Cinema.objects.in_bulk(keys)
        for each in cinemas:
            self.assertEqual((saved[each.pk].name, each.trailer_minutes), (each.name, 15))
            each.city = "Linz"
            each.save(update_fields=["city"])

    def test_keys_are_used_once(self):
        [first, second], [key] = next_keys((Genre, 2), (Cinema, 1)).run()
        insert_later([Genre(pk=first, name="Crime"), Genre(pk=second, name="Drama")])
        insert_later([cinema(key)])
        [[third], _] = next_keys((Genre, 1), (Cinema, 1)).run()
        insert_later([Genre(pk=third, name="Horror")])
        western = Genre.objects.create(name="Western")
        self.assertEqual(len({first, second, third, western.pk}), 4)

    def test_rows_are_updated(self):
        crime, drama = Genre.objects.create(name="Crime"), Genre.objects.create(name="Drama")
        update_later(Genre.objects.filter(pk=crime.pk), name="Krimi")
        self.assertEqual(set(Genre.objects.values_list("name", flat=True)), {"Krimi", "Drama"})
        drama.refresh_from_db()

    def test_what_waits_is_seen_by_the_next_query(self):
        with atomic():
            [[key]] = next_keys((Genre, 1)).run()
            insert_later([Genre(pk=key, name="Crime")])
            self.assertEqual(Genre.objects.get(pk=key).name, "Crime")
            update_later(Genre.objects.filter(pk=key), name="Krimi")
            [[[name]]] = together(Query("SELECT name FROM movies_genre", (), list))
            self.assertEqual(name, "Krimi")

    def test_a_block_raises_the_errors_of_its_writes(self):
        show = make_show()
        show.pk, show.total_seats = show.pk + 1, 0
        with self.assertRaises(IntegrityError), atomic():
            insert_later([show])
        self.assertEqual(type(show).objects.count(), 1)

    def test_writes_of_a_block_that_fails_are_undone(self):
        for is_first in (True, False):
            with self.subTest(is_first=is_first):
                with self.assertRaises(ValueError), atomic():
                    if not is_first:
                        Genre.objects.create(name="Drama")
                    insert_later([Genre(pk=1_000, name="Crime")])
                    raise ValueError
                self.assertFalse(Genre.objects.exists())

    def test_writes_before_a_block_that_fails_stay(self):
        with atomic():
            insert_later([Genre(pk=1_000, name="Crime")])
            with self.assertRaises(ValueError), atomic():
                insert_later([Genre(pk=1_001, name="Drama")])
                raise ValueError
        self.assertEqual([genre.name for genre in Genre.objects.all()], ["Crime"])


class CommitTests(TransactionTestCase):
    def test_an_older_cursor_takes_part_in_a_block(self):
        Genre.objects.create(name="Crime")
        table = connection.ops.quote_name(Genre._meta.db_table)
        with connection.cursor() as cursor:
            with self.assertRaises(ZeroDivisionError), atomic():
                cursor.execute(f"UPDATE {table} SET name = 'Changed'")  # noqa: S608
                raise ZeroDivisionError
            with atomic():
                with self.assertRaises(DatabaseError), atomic():
                    cursor.execute("SELECT no_such_column FROM no_such_table")
                cursor.execute(f"SELECT count(*) FROM {table} WHERE name = 'Changed'")  # noqa: S608
                self.assertEqual(cursor.fetchone(), (0,))

    def test_writes_are_committed(self):
        with atomic():
            insert_later([Genre(pk=1_000, name="Crime")])
        connection.close()
        self.assertEqual(Genre.objects.get().name, "Crime")

    def test_without_a_transaction_they_are_sent_at_once(self):
        insert_later([Genre(pk=1_000, name="Crime")])
        connection.close()
        self.assertEqual(Genre.objects.get().name, "Crime")

    def test_nothing_is_committed_if_one_of_several_fails(self):
        for names in [("Crime", "Crime", "Drama"), ("Drama", "Crime", "Crime")]:
            with self.subTest(names=names):
                with self.assertRaises(IntegrityError), atomic():
                    for nth, name in enumerate(names):
                        insert_later([Genre(pk=1_000 + nth, name=name)])
                self.assertFalse(Genre.objects.exists())
                self.assertFalse(connection.in_atomic_block)

    def test_a_block_that_failed_may_be_tried_again(self):
        Genre.objects.create(name="Crime")
        names = iter(["Crime", "Drama"])

        @atomic_with_retry
        def write():
            insert_later([Genre(pk=1_000, name=next(names))])

        write()
        self.assertEqual(Genre.objects.count(), 2)

    def test_an_error_of_a_read_that_carries_writes_undoes_them(self):
        broken = Query("SELECT 1 / 0 FROM movies_genre", (), list)
        if connection.vendor == "sqlite":
            self.skipTest("SQLite divides by zero without an error.")
        with self.assertRaises(DataError), atomic():
            insert_later([Genre(pk=1_000, name="Crime")])
            together(broken)
        self.assertFalse(Genre.objects.exists())


INSERT = 'INSERT INTO "movies_cinema"'
