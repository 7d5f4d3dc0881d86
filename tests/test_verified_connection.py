"""`sslmode=verify-full` in DATABASE_URL, as docs/operations.md has it: a real connection."""

import os
import runpy
import tempfile
from pathlib import Path
from unittest import mock, skipUnless
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.utils import ConnectionHandler, OperationalError
from django.test import TestCase

from testing.tls import Authority, TlsProxy


@skipUnless(connection.vendor == "postgresql", "SQLite has no connection to verify.")
class VerifiedConnectionTests(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.authority = Authority(self.folder, "ours")
        connection.ensure_connection()
        self.info = connection.connection.info

    def served_by(self, certificate):
        """Return the port on which PostgreSQL has this certificate."""
        proxy = TlsProxy(certificate, host=self.info.host, port=self.info.port)
        return self.enterContext(proxy).server_address[1]

    def connect(self, port, *, host="localhost", **options):
        """Connect as the settings say, and return whether the connection is encrypted."""
        query = "&".join(f"{name}={quote(str(value))}" for name, value in options.items())
        name = connection.settings_dict["NAME"]
        url = f"postgres://{self.info.user}@{host}:{port}/{name}?{query}"
        with mock.patch.dict(os.environ, DATABASE_URL=url, DATABASE_URL_FILE=""):
            made = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
        database = made["DATABASES"]["default"]
        del database["OPTIONS"]["pool"]  # which would try again for seconds
        other = ConnectionHandler({"default": database})["default"]
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT 1")
            return other.connection.pgconn.ssl_in_use
        finally:
            other.close()

    def assert_refused(self, words, *arguments, **options):
        with self.assertRaises(OperationalError) as caught:
            self.connect(*arguments, **options)
        self.assertIn(words, str(caught.exception))

    def test_the_right_certificate_of_the_named_authority_is_accepted(self):
        port = self.served_by(self.authority.certificate("localhost"))
        options = {"sslmode": "verify-full", "sslrootcert": self.authority.file}
        self.assertTrue(self.connect(port, **options))

    def test_another_authority_another_host_and_an_old_certificate_are_refused(self):
        options = {"sslmode": "verify-full", "sslrootcert": self.authority.file}
        strange = Authority(self.folder, "theirs").certificate("localhost")
        self.assert_refused("certificate verify failed", self.served_by(strange), **options)
        other = self.served_by(self.authority.certificate("other.example"))
        self.assert_refused("does not match host name", other, **options)
        port = self.served_by(self.authority.certificate("localhost"))
        self.assert_refused("does not match host name", port, host="127.0.0.1", **options)
        old = self.served_by(self.authority.certificate("localhost", days=-1))
        self.assert_refused("certificate verify failed", old, **options)

    def test_a_server_without_tls_is_refused(self):
        options = {"sslmode": "verify-full", "sslrootcert": self.authority.file}
        self.assert_refused("does not support SSL", self.served_by(None), **options)

    def test_a_file_of_authorities_that_is_missing_is_refused(self):
        port = self.served_by(self.authority.certificate("localhost"))
        missing = self.folder / "missing.pem"
        options = {"sslmode": "verify-full", "sslrootcert": missing}
        self.assert_refused("does not exist", port, **options)

    def test_without_it_any_certificate_is_accepted(self):
        strange = Authority(self.folder, "theirs").certificate("other.example")
        port = self.served_by(strange)
        self.assertTrue(self.connect(port))
        self.assertTrue(self.connect(port, sslmode="require"))
