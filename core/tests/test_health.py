from unittest import mock

from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase, override_settings

from core.http import health


class HealthTests(TestCase):
    def setUp(self):
        health._missing_migrations.cache_clear()
        self.addCleanup(health._missing_migrations.cache_clear)

    @override_settings(ALLOWED_HOSTS=["tickets.example"], SECURE_SSL_REDIRECT=True)
    def test_who_watches_from_inside_needs_neither_host_name_nor_https(self):
        for path, status in [("/healthz", "alive"), ("/readyz", "ready")]:
            response = self.client.get(path, headers={"Host": "10.0.0.7:8000"})
            self.assertEqual(
                (response.status_code, response.json()), (200, {"status": status}), path
            )

    def test_being_alive_takes_no_database(self):
        with self.assertNumQueries(0):
            self.client.get("/healthz")

    def test_ready_looks_at_the_migrations_once_a_process(self):
        self.client.get("/readyz")
        with self.assertNumQueries(1):
            self.client.get("/readyz")

    def test_a_database_that_is_away_is_a_503(self):
        with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone")):
            response = self.client.get("/readyz")
        self.assertEqual((response.status_code, response.json()["code"]), (503, "unavailable"))
        self.assertEqual(response["Retry-After"], "5")

    def test_a_missing_migration_is_a_503_until_it_is_applied(self):
        latest = MigrationRecorder.Migration.objects.get(app="bookings")
        latest.delete()
        response = self.client.get("/readyz")
        self.assertEqual(response.status_code, 503)
        self.assertIn("bookings.0001_initial", response.json()["detail"])

        latest.save()
        self.assertEqual(self.client.get("/readyz").status_code, 200)
