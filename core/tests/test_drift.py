"""Databases whose tables differ from those that their applied migrations make."""

from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase

from core.db.drift import MAX_NAMES, read_schema_state, some_of

Applied = MigrationRecorder.Migration


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


class DriftTests(TestCase):
    """Each test changes the tables in its transaction."""

    def test_the_migrated_database_fits(self):
        with self.assertNumQueries(3):
            state = read_schema_state(connection)
        self.assertEqual(state, ([], [], [], []))
        self.assertEqual(state.drift, "")

    def test_a_missing_column_is_drift(self):
        execute("ALTER TABLE movies_movie DROP COLUMN poster_url")
        state = read_schema_state(connection)
        self.assertEqual(state, ([], [], ["movies_movie.poster_url"], []))
        self.assertEqual(state.drift, "missing: movies_movie.poster_url")

    def test_a_missing_table_is_drift_and_its_columns_are_not_listed(self):
        execute("DROP TABLE tickets_admission")
        self.assertEqual(read_schema_state(connection), ([], [], ["tickets_admission"], []))

    def test_the_table_of_a_many_to_many_field_counts(self):
        execute("ALTER TABLE movies_movie_genres RENAME TO another")
        self.assertEqual(read_schema_state(connection).missing, ["movies_movie_genres"])

    def test_the_tables_of_packages_count(self):
        execute("ALTER TABLE axes_accessattempt DROP COLUMN get_data")
        self.assertEqual(read_schema_state(connection).missing, ["axes_accessattempt.get_data"])

    def test_an_unknown_column_that_every_row_must_have_is_drift(self):
        execute("ALTER TABLE movies_movie RENAME COLUMN poster_url TO poster")
        state = read_schema_state(connection)
        self.assertEqual(state.unexpected, ["movies_movie.poster"])
        self.assertEqual(
            state.drift,
            "missing: movies_movie.poster_url; "
            "not known, but every row must have it: movies_movie.poster",
        )

    def test_an_unknown_column_that_a_row_may_leave_out_is_no_drift(self):
        execute("ALTER TABLE movies_movie ADD COLUMN note varchar(10) NULL")
        execute("ALTER TABLE movies_movie ADD COLUMN rating integer NOT NULL DEFAULT 0")
        self.assertEqual(read_schema_state(connection).drift, "")

    def test_an_unknown_table_is_no_drift(self):
        execute("CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, text varchar(10) NOT NULL)")
        self.assertEqual(read_schema_state(connection).drift, "")

    def test_a_pending_migration_is_no_drift(self):
        Applied.objects.filter(app="tickets").delete()
        state = read_schema_state(connection)
        self.assertIn("tickets.0001_initial", state.unapplied)
        self.assertEqual(state.drift, "")

        execute("DROP TABLE tickets_admission")
        self.assertEqual(read_schema_state(connection).drift, "")

    def test_a_database_without_applied_migrations_is_no_drift(self):
        Applied.objects.all().delete()
        state = read_schema_state(connection)
        self.assertGreater(len(state.unapplied), 30)
        self.assertEqual(state[1:], ([], [], []))

    def test_migrations_that_our_apps_do_not_have_are_unknown(self):
        for app in ("movies", "axes", "gone"):
            Applied.objects.create(app=app, name="0999_later")
        state = read_schema_state(connection)
        self.assertEqual(state.unknown, ["movies.0999_later"])
        self.assertEqual(state.drift, "")

    def test_of_many_names_the_first_are_listed(self):
        names = [f"table{number}" for number in range(MAX_NAMES + 2)]
        self.assertEqual(some_of(names[:-2]), "table0, table1, table2, table3, table4")
        self.assertEqual(some_of(names), "table0, table1, table2, table3, table4 and 2 more")


class CheckTests(TestCase):
    def errors(self, databases=("default",)):
        return [error for error in run_checks(databases=databases) if error.id == "core.E001"]

    def test_the_migrated_database_passes(self):
        self.assertEqual(self.errors(), [])

    def test_a_database_still_to_be_migrated_passes(self):
        Applied.objects.filter(app="tickets").delete()
        execute("DROP TABLE tickets_admission")
        self.assertEqual(self.errors(), [])
        Applied.objects.all().delete()
        self.assertEqual(self.errors(), [])

    def test_drift_is_one_error_that_says_what_to_do(self):
        execute("ALTER TABLE movies_movie DROP COLUMN poster_url")
        execute("ALTER TABLE movies_show DROP COLUMN subtitles")
        [error] = self.errors()
        self.assertIn("(missing: movies_movie.poster_url, movies_show.subtitles)", error.msg)
        new_one = "delete " if connection.vendor == "sqlite" else "create an empty database"
        self.assertIn(
            f"before version 0.1.0 cannot be migrated. Make a new one: {new_one}", error.hint
        )

    def test_drift_by_a_newer_version_says_to_start_that_one(self):
        Applied.objects.create(app="movies", name="0999_later")
        self.assertEqual(self.errors(), [])
        execute("ALTER TABLE movies_movie DROP COLUMN poster_url")
        [error] = self.errors()
        self.assertIn("A newer version has migrated it (movies.0999_later).", error.hint)
        self.assertNotIn("Make a new one", error.hint)

    def test_a_check_without_databases_asks_none(self):
        execute("ALTER TABLE movies_movie DROP COLUMN poster_url")
        with self.assertNumQueries(0):
            self.assertEqual(self.errors(databases=None), [])
