"""A start that cannot succeed says why, in one sentence without a traceback and a password."""

import ast
import errno
import importlib.util
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, mock, skipUnless

import psycopg
from django.core.checks import Tags, run_checks
from django.db import DatabaseError, OperationalError, ProgrammingError, connection
from django.test import SimpleTestCase, override_settings, tag

from config.address import fault_of
from core.db.failures import _reason_in, sentence_for
from tests.test_settings import BASE_DIR, manage

REFUSED = "postgres://cinema:hunter2@127.0.0.1:1/tickets"


class AddressTests(TestCase):
    def assert_fault(self, host, port, *words):
        with self.subTest(host=host, port=port):
            fault = fault_of(host, port, "make run")
            self.assertIsNotNone(fault)
            for word in (*words, "make run "):
                self.assertIn(word, fault)
            self.assertEqual(len(fault.splitlines()), 1)

    def test_a_port_is_a_number_from_1_to_65535(self):
        for port in ("abc", "", "0", "-1", "65536", "99999", "8e3", "8000 ", "9" * 5000, "٣"):
            self.assert_fault("127.0.0.1", port, "PORT must be a number from 1 to 65535")

    def test_a_host_is_an_address_of_this_machine(self):
        for host in (
            "no-such-host.invalid",
            "",
            "a b",
            "999.1.1.1",
            "203.0.113.9",
            "x" * 70,
            "::g",
        ):
            self.assert_fault(host, "8000", "HOST must be an address or a name of this machine")

    def test_a_port_in_use_and_one_that_needs_privileges_are_told_apart(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            self.assert_fault("127.0.0.1", port, port, "in use")
        self.assertIsNone(fault_of("127.0.0.1", port, "make run"))
        with mock.patch("socket.create_server", side_effect=OSError(errno.EACCES, "denied")):
            self.assert_fault("127.0.0.1", "80", "below 1024")


class OldPythonTests(TestCase):
    def test_manage_py_names_the_version_that_it_needs(self):
        spec = importlib.util.spec_from_file_location("manage_of_old", BASE_DIR / "manage.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for version in ((2, 7, 18), (3, 8, 0), (3, 10, 13)):
            with (
                self.subTest(version=version),
                mock.patch.object(module.sys, "version_info", version),
                self.assertRaises(SystemExit) as stopped,
            ):
                module.main()
            words = str(stopped.exception.code)
            self.assertIn(f"3.11 or newer is needed, and this is {version[0]}.{version[1]}", words)

    def test_manage_py_is_readable_for_an_old_python(self):
        tree = ast.parse((BASE_DIR / "manage.py").read_text(), feature_version=(3, 4))
        new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef)
        for node in ast.walk(tree):
            self.assertNotIsInstance(node, new)
            if isinstance(node, ast.FunctionDef):
                self.assertIsNone(node.returns)
                self.assertFalse([each for each in node.args.args if each.annotation])


@tag("slow")
@skipUnless(connection.vendor == "sqlite", "it names a database of its own: once is enough")
class CommandTests(TestCase):
    def assert_stopped(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertNotIn("Traceback", done.stdout + done.stderr)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_every_command_says_that_postgresql_refuses_the_connection(self):
        for command in (
            *("migrate", "runserver", "verify_integrity", "tidy", "load_demo"),
            "clearsessions",  # a command of Django that waits for the pool
        ):
            with self.subTest(command=command):
                done = manage(command, DATABASE_URL=REFUSED)
                self.assert_stopped(done, "127.0.0.1:1", "tickets", "cinema", "refused")
                self.assertIn("Check DATABASE_URL", done.stderr)

    def test_an_unknown_host_is_named(self):
        done = manage("migrate", DATABASE_URL="postgres://u:hunter2@no-such-host.invalid/tickets")
        self.assert_stopped(done, "no-such-host.invalid", "Check DATABASE_URL")

    def test_help_needs_no_database(self):
        done = manage("migrate", "--help", DATABASE_URL=REFUSED)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_database_without_tables_is_to_be_migrated(self):
        done = manage("verify_integrity", DATABASE_URL="sqlite:///:memory:")
        self.assert_stopped(done, "manage.py migrate")

    def test_a_file_that_is_no_database_is_named(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"no database " * 100)
            file.flush()
            done = manage("migrate", DATABASE_URL=f"sqlite:///{file.name}")
            self.assert_stopped(done, file.name, "no SQLite database")

    @skipUnless(hasattr(os, "geteuid") and os.geteuid(), "the superuser may write everywhere")
    def test_a_directory_without_permission_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o500)
            done = manage("migrate", DATABASE_URL=f"sqlite:///{folder}/db.sqlite3")
            Path(folder).chmod(0o700)
            self.assert_stopped(done, folder, "may write")


class SentenceTests(SimpleTestCase):
    """Errors that a test cannot cause here."""

    def sentence(self, error, cause=None, vendor="postgresql"):
        error.__cause__ = cause
        database = mock.Mock(vendor=vendor, settings_dict={"NAME": "/data/db.sqlite3"})
        with mock.patch("core.db.failures.connection", database):
            return sentence_for(error)

    def test_reasons_of_libpq_are_short(self):
        for text, reason in (
            (
                'connection failed: connection to server at "10.0.0.1", port 5432 failed: '
                'FATAL:  password authentication failed for user "cinema"',
                'password authentication failed for user "cinema"',
            ),
            ("connection timeout expired", "connection timeout expired"),
            (
                'connection failed: connection to server at "::1", port 1 failed: Connection '
                "refused\n\tIs the server running on that host and accepting TCP/IP connections?\n"
                "Multiple connection attempts failed. All failures were:\n"
                "- host: 'h', port: 1, hostaddr: '::1': connection failed: Connection refused",
                "Connection refused",
            ),
        ):
            with self.subTest(text=text):
                self.assertEqual(_reason_in(psycopg.OperationalError(text)), reason)

    def test_a_right_that_is_missing_is_named(self):
        cause = psycopg.errors.InsufficientPrivilege("permission denied for schema public\nLINE 1")
        sentence = self.sentence(ProgrammingError("..."), cause)
        self.assertIn("permission denied for schema public. Make the user the owner", sentence)
        self.assertEqual(self.sentence(DatabaseError("of Django's"), ProgrammingError("...")), None)

    def test_files_that_cannot_be_written_are_named(self):
        for text, words in (
            ("unable to open database file", "cannot open or create"),
            ("attempt to write a readonly database", "cannot write to"),
            ("database is locked", "Try again"),
            ("database disk image is malformed", "damaged"),
            ("database or disk is full", "is full"),
        ):
            with self.subTest(text=text):
                error = OperationalError(text)
                sentence = self.sentence(error, sqlite3.OperationalError(text), vendor="sqlite")
                self.assertIn(words, sentence)
                self.assertIn("/data/db.sqlite3", sentence)

    def test_a_fault_of_ours_keeps_its_traceback(self):
        self.assertIsNone(
            self.sentence(OperationalError('near "x": syntax error'), vendor="sqlite")
        )
        cause = psycopg.errors.SyntaxError("syntax error")
        self.assertIsNone(self.sentence(ProgrammingError("syntax error"), cause))


class RedisTests(SimpleTestCase):
    def test_a_start_warns_that_redis_does_not_answer(self):
        url = "redis://:hunter2@127.0.0.1:1/0"
        caches = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": url,
            }
        }
        with override_settings(REDIS_URL=url, CACHES=caches):
            [warning] = run_checks(tags=[Tags.database])
        self.assertEqual(warning.id, "core.W001")
        self.assertIn("127.0.0.1:1", warning.msg)
        self.assertNotIn("hunter2", str(warning))


class MakeTests(TestCase):
    def test_make_stops_before_anything_else(self):
        for target in ("run", "serve"):
            for variable, words in (("PORT=abc", "PORT must be"), ("HOST=no.invalid", "HOST must")):
                with self.subTest(target=target, variable=variable):
                    python = f"BIN={os.path.relpath(Path(sys.executable).parent, BASE_DIR)}"
                    done = subprocess.run(
                        ["make", "--old-file=.venv/run", python, target, variable],
                        cwd=BASE_DIR,
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    self.assertEqual(done.returncode, 2)
                    self.assertIn(words, done.stderr)
                    self.assertNotIn("Traceback", done.stderr)

    def test_make_says_that_there_is_no_python(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                ["make", "--file", BASE_DIR / "Makefile", "run", "PYTHON=python9.9"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertEqual(done.returncode, 2)
        self.assertIn("There is no python9.9 here.", done.stderr)
