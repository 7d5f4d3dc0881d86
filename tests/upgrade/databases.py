"""Databases beside the one of the tests: empty, or with the dump of a release."""

import gzip
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

FOLDER = Path(__file__).resolve().parent


def dumps():
    """Return the dumps of all releases for the database that the tests run on."""
    vendor = {"sqlite": "sqlite3"}.get(connection.vendor, connection.vendor)
    return sorted(FOLDER.glob(f"dump-*.{vendor}.sql.gz"))


class SpareDatabase:
    """Mixin for test cases: each test has a new, empty database, at `self.url`."""

    databases = {"default"}  # which makes the new one

    def setUp(self):
        super().setUp()
        self.database = connection.copy(alias="spare")
        self.make_empty()
        self.addCleanup(self.database.close)

    def make_empty(self):
        """Put a new, empty database in the place of the one before."""
        self.database.close()
        if connection.vendor == "sqlite":
            folder = self.enterContext(tempfile.TemporaryDirectory())
            name = f"{folder}/db.sqlite3"
            self.url = f"sqlite:///{name}"
        else:
            name = f"{connection.settings_dict['NAME']}_spare"
            self.url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
            self.database.settings_dict["OPTIONS"].pop("pool", None)
            self._drop(name)
            self.addCleanup(self._drop, name)
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
        self.database.settings_dict["NAME"] = name

    def _drop(self, name):
        self.database.close()
        with connection.cursor() as cursor:
            quoted = connection.ops.quote_name(name)
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")

    def load(self, dump):
        """Put a new database with this dump in the place of the one before."""
        self.make_empty()
        script = gzip.decompress(dump.read_bytes()).decode()
        with self.database.cursor() as cursor:
            if connection.vendor == "sqlite":
                self.database.disable_constraint_checking()  # the tables come by their names
                cursor.executescript(script)
            else:
                cursor.execute(script)
        self.database.close()  # drops the settings that the script made on it

    def rows(self, sql):
        with self.database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def count_rows(self):
        """Return {table: number of rows}."""
        tables = self.database.introspection.table_names()
        return {
            table: self.rows(f"SELECT COUNT(*) FROM {table}")[0][0]  # noqa: S608
            for table in tables
        }
