"""The SQLite backend: LIKE beyond ASCII, and test databases that can be cloned."""

from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory
from unittest import skipUnless

from django.db import connection
from django.test import TestCase, TransactionTestCase

from core.db.sqlite.base import DatabaseWrapper, like
from movies.models import Genre


@skipUnless(connection.vendor == "sqlite", "about SQLite")
class LikeTests(TestCase):
    def select(self, expression, *values):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression}", values)  # noqa: S608 - constants of the tests
            return cursor.fetchone()[0]

    def test_like_ignores_the_case_of_every_alphabet(self):
        for value, pattern in [
            ("Амели", "амели"),
            ("Amélie", "AMÉLIE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Straße", "STRASSE"),
            ("Drama", "dRAMA"),
            ("", ""),
        ]:
            with self.subTest(value=value):
                self.assertEqual(self.select("%s LIKE %s", value, pattern), 1)
                self.assertEqual(self.select(r"%s LIKE %s ESCAPE '\'", value, pattern), 1)
                self.assertEqual(self.select("%s NOT LIKE %s", value, pattern), 0)

    def test_wildcards_mean_what_they_mean_in_sql(self):
        for value, pattern, is_like in [
            ("Amélie", "%MÉL%", 1),
            ("Amélie", "A%E", 1),
            ("Amélie", "am_lie", 1),
            ("Amélie", "am_e", 0),
            ("Amélie", "mél", 0),
            ("Amélie", "%", 1),
            ("", "%%", 1),
            ("two\nlines", "two_lines", 1),
            ("two\nlines", "%O%L%", 1),
            ("a.c", "abc", 0),
            ("abc", "a.c", 0),
            ("a*c", "a*C", 1),
        ]:
            with self.subTest(value=value, pattern=pattern):
                self.assertEqual(self.select("%s LIKE %s", value, pattern), is_like)

    def test_an_escaped_wildcard_is_a_plain_character(self):
        for value, pattern, is_like in [
            ("100%", r"100\%", 1),
            ("1000", r"100\%", 0),
            ("Snake_Eyes", r"%E\_E%", 1),
            ("Snake Eyes", r"%e\_e%", 0),
            ("back\\slash", r"%K\\S%", 1),
            ("end\\", r"end\\", 1),
            ("Éa", r"\éa", 1),
        ]:
            with self.subTest(value=value, pattern=pattern):
                self.assertEqual(self.select(r"%s LIKE %s ESCAPE '\'", value, pattern), is_like)

    def test_null_is_unknown_a_number_is_text_and_a_blob_matches_nothing(self):
        self.assertIsNone(self.select("NULL LIKE 'a'"))
        self.assertIsNone(self.select("'a' LIKE NULL"))
        self.assertEqual(self.select("12.5 LIKE '12%%'"), 1)
        self.assertEqual(self.select("x'414243' LIKE 'abc'"), 0)

    def test_it_agrees_with_sqlite_on_ascii(self):
        words = ["", "a", "B", "ab", "a%b", "a_b", "a\\b", "%", "_", "\\"]
        patterns = [*words, "a%", "%b", "%a%", "_", "a_", r"\%", r"a\_b", r"\\", "A%B"]
        with closing(connect(":memory:")) as plain:
            for word in words:
                for pattern in patterns:
                    [expected] = plain.execute("SELECT ? LIKE ?", [word, pattern]).fetchone()
                    with self.subTest(word=word, pattern=pattern):
                        self.assertEqual(like(pattern, word), bool(expected))


@skipUnless(connection.vendor == "sqlite", "about SQLite")
class CloneTests(TransactionTestCase):
    def test_a_clone_has_the_rows_that_are_only_in_the_log(self):
        with TemporaryDirectory() as folder:
            source = DatabaseWrapper(
                {**connection.settings_dict, "NAME": str(Path(folder) / "db.sqlite3")}
            )
            with closing(source), source.cursor() as cursor:
                cursor.execute("CREATE TABLE movie (title text)")
                cursor.execute("INSERT INTO movie VALUES ('Alien')")
                source.creation.clone_test_db("1", verbosity=0)
            clone = Path(folder) / "db_1.sqlite3"
            with closing(connect(clone)) as rows:
                self.assertEqual(rows.execute("SELECT * FROM movie").fetchall(), [("Alien",)])

    def test_a_clone_ignores_the_log_of_a_killed_run_and_leaves_none_behind(self):
        with TemporaryDirectory() as folder:
            source = DatabaseWrapper(
                {**connection.settings_dict, "NAME": str(Path(folder) / "db.sqlite3")}
            )
            with closing(source), source.cursor() as cursor:
                cursor.execute("CREATE TABLE movie (title text)")
                for ending in ("", "-wal", "-shm"):
                    (Path(folder) / f"db_1.sqlite3{ending}").write_bytes(b"left behind")
                source.creation.clone_test_db("1", verbosity=0)
                with closing(connect(Path(folder) / "db_1.sqlite3")) as rows:
                    self.assertEqual(rows.execute("SELECT * FROM movie").fetchall(), [])
                (Path(folder) / "db_1.sqlite3-wal").touch()
                source.creation.destroy_test_db(suffix="1", verbosity=0)
            self.assertEqual(list(Path(folder).glob("db_1*")), [])


class SearchTests(TestCase):
    """On both databases."""

    def test_lookups_ignore_the_case_of_every_alphabet(self):
        genre = Genre.objects.create(name="Амели")
        for lookup, value in [
            ("name__iexact", "АМЕЛИ"),
            ("name__icontains", "МЕЛ"),
            ("name__istartswith", "аМ"),
            ("name__iendswith", "ЛИ"),
        ]:
            with self.subTest(lookup=lookup):
                self.assertEqual(Genre.objects.get(**{lookup: value}), genre)
