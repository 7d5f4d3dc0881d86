from unittest import mock

from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase, override_settings

from core.http.health import schema_misfit
from testing.cases import APIAssertions


class HealthTests(APIAssertions, TestCase):
    def setUp(self):
        super().setUp()
        schema_misfit.cache_clear()
        self.addCleanup(schema_misfit.cache_clear)

    def assert_ready(self):
        self.assertEqual(self.client.get("/readyz").status_code, 200)

    def assert_not_ready(self, detail):
        """Assert the 503 and return its response."""
        with self.assertLogs("django.request", "ERROR"):
            response = self.client.get("/readyz")
        self.assert_problem(response, 503, "unavailable", detail=detail)
        return response

    def alter_movies(self, change):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE movies_movie {change}")

    @override_settings(ALLOWED_HOSTS=["tickets.example"], SECURE_SSL_REDIRECT=True)
    def test_a_health_check_needs_neither_host_name_nor_https(self):
        for path, status in [("/healthz", "alive"), ("/readyz", "ready")]:
            response = self.client.get(path, headers={"Host": "10.0.0.7:8000"})
            self.assertEqual(
                (response.status_code, response.json()), (200, {"status": status}), path
            )

    def test_being_alive_takes_no_database(self):
        with self.assertNumQueries(0):
            self.client.get("/healthz")

    def test_ready_reads_the_schema_once_a_process(self):
        self.client.get("/readyz")
        with self.assertNumQueries(1):
            self.client.get("/readyz")

    def test_a_database_that_is_away_is_a_503(self):
        with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone")):
            response = self.assert_not_ready("cannot reach its database")
        self.assertEqual(response["Retry-After"], "5")

    def test_a_missing_migration_is_a_503_until_it_is_applied(self):
        latest = MigrationRecorder.Migration.objects.filter(app="bookings").latest("id")
        latest.delete()
        self.assert_not_ready(f"bookings.{latest.name}")

        latest.save()
        self.assert_ready()

    def test_a_missing_column_is_a_503_until_it_is_there(self):
        self.alter_movies("RENAME COLUMN poster_url TO poster")
        self.assert_not_ready("missing: movies_movie.poster_url; not known, but every row must")

        self.alter_movies("RENAME COLUMN poster TO poster_url")
        self.assert_ready()

    def test_a_process_started_on_a_newer_database_is_not_ready(self):
        later = MigrationRecorder.Migration.objects.create(app="movies", name="0999_later")
        self.assert_not_ready("migrated by a newer version: movies.0999_later.")

        later.delete()
        self.assert_ready()

    def test_a_process_that_was_ready_stays_so_while_a_newer_version_migrates(self):
        self.assert_ready()
        MigrationRecorder.Migration.objects.create(app="movies", name="0999_later")
        self.assert_ready()
