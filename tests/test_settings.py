"""The settings as an operator uses them: a new process with environment variables."""

import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from django.test import tag

BASE_DIR = Path(__file__).resolve().parent.parent
NO_TABLES = "sqlite:///:memory:"
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "tickets.example",
}


def manage(*arguments, **variables):
    """Run manage.py with only these of our variables; return the finished process."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    clean["ENV_FILE"] = "/dev/null"
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def value_of(name, **variables):
    code = f"from django.conf import settings; print(repr(settings.{name}))"
    done = manage("shell", "--no-imports", "-c", code, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@tag("slow")
class SettingsTests(TestCase):
    def test_production_names_each_missing_setting(self):
        done = manage("check", DEBUG="false")
        self.assertEqual(done.returncode, 1)
        self.assertIn("SECRET_KEY must be set", done.stderr)
        self.assertIn("ALLOWED_HOSTS must name", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_production_passes_the_deployment_check(self):
        done = manage(
            "check", "--deploy", "--fail-level", "WARNING", DATABASE_URL=NO_TABLES, **PRODUCTION
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_wrong_value_stops_the_start_and_names_the_variable(self):
        for name, value in [
            ("DEBUG", "perhaps"),
            ("THROTTLING", "2"),
            ("MAX_SEATS_PER_SHOW", "ten"),
            ("MAX_SEATS_PER_SHOW", "0"),
            ("MEMORY_SECONDS", "0.5"),
            ("HOLD_SECONDS", "ten minutes"),
            ("HOLD_MAX_SECONDS", "599"),
            ("DATABASE_POOL_SIZE", "-1"),
            ("DATABASE_URL", "mysql://user:hunter2@host/name"),
            ("DATABASE_URL", "nonsense"),
            ("EMAIL_URL", "pigeon://coop"),
            ("CORS_ALLOWED_ORIGINS", "tickets.example"),
            ("TRUSTED_PROXIES", "10.0.0.0/99"),
            ("REDIS_URL", "http://cache"),
            ("PASSWORD_RESET_URL", "https://tickets.example/{id}"),
            ("PASSWORD_RESET_URL", "https://tickets.example/reset"),
        ]:
            with self.subTest(name=name, value=value):
                done = manage("check", **{name: value})
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(f"{name} must be", done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("hunter2", done.stderr)

    def test_every_variable_is_in_the_example(self):
        source = (BASE_DIR / "config" / "settings.py").read_text()
        read = set(re.findall(r'(?:setting|env\.str)\(\s*"([A-Z_]+)"', source))
        example = (BASE_DIR / ".env.example").read_text()
        listed = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
        self.assertEqual(listed, read)

    def test_passwords_are_checked_in_production_only(self):
        self.assertEqual(value_of("AUTH_PASSWORD_VALIDATORS"), "[]")
        self.assertEqual(value_of("AUTH_PASSWORD_VALIDATORS", **PRODUCTION).count("NAME"), 4)

    def test_production_allows_only_the_configured_origins(self):
        self.assertEqual(value_of("CORS_ALLOW_ALL_ORIGINS", **PRODUCTION), "False")
        self.assertEqual(
            value_of(
                "CORS_ALLOWED_ORIGINS", CORS_ALLOWED_ORIGINS="https://a.example", **PRODUCTION
            ),
            "['https://a.example']",
        )

    def test_sqlite_waits_for_the_write_lock_at_begin(self):
        options = value_of("DATABASES['default']['OPTIONS']")
        self.assertIn("'transaction_mode': 'IMMEDIATE'", options)
        self.assertIn("journal_mode=WAL", options)

    def test_a_database_url_chooses_postgresql_with_a_pool(self):
        url = "postgres://cinema:secret@db.example:5433/tickets"
        self.assertIn("postgresql", value_of("DATABASES['default']['ENGINE']", DATABASE_URL=url))
        pool = value_of(
            "DATABASES['default']['OPTIONS']['pool']", DATABASE_URL=url, DATABASE_POOL_SIZE="7"
        )
        self.assertIn("'max_size': 7", pool)

    def test_a_silent_network_failure_is_detected_within_seconds(self):
        options = value_of(
            "DATABASES['default']['OPTIONS']", DATABASE_URL="postgres://db.example/t"
        )
        self.assertIn("'tcp_user_timeout': 5000", options)
        self.assertIn("'keepalives_idle': 5", options)

    def test_demo_data_cannot_be_loaded_in_production(self):
        done = manage("load_demo", DATABASE_URL=NO_TABLES, **PRODUCTION)
        self.assertEqual(done.returncode, 1)
        self.assertIn("only with DEBUG on", done.stderr)
