from unittest import mock

from django.db import OperationalError, connection, connections
from django.test import SimpleTestCase, TransactionTestCase, skipUnlessDBFeature

from core.db.statement_timeout import limit_statements
from core.errors import Unavailable
from core.http.problems import error_of

POSTGRESQL = {"ENGINE": "core.db.postgresql", "OPTIONS": {"options": "-c lock_timeout=10s"}}


class OptionTests(SimpleTestCase):
    def options_after(self, *limits, **database):
        database = {
            "ENGINE": POSTGRESQL["ENGINE"],
            "OPTIONS": dict(POSTGRESQL["OPTIONS"]),
        } | database
        with mock.patch.dict(connections.settings, default=database):
            for seconds in limits:
                limit_statements(seconds)
        return database["OPTIONS"]

    def test_the_limit_is_an_option_of_new_connections(self):
        expected = {"options": "-c lock_timeout=10s -c statement_timeout=15s"}
        self.assertEqual(self.options_after(15), expected)
        self.assertEqual(self.options_after(9, 15), expected)

    def test_zero_and_sqlite_have_none(self):
        self.assertEqual(self.options_after(0), POSTGRESQL["OPTIONS"])
        sqlite = {"ENGINE": "core.db.sqlite", "OPTIONS": {}}
        self.assertEqual(self.options_after(15, **sqlite), {})


@skipUnlessDBFeature("has_select_for_update")  # PostgreSQL
class StatementTests(TransactionTestCase):
    def test_a_long_statement_ends_as_an_unavailable_database(self):
        database = connections.settings["default"]
        options = dict(database["OPTIONS"])
        self.addCleanup(self.reopen, database, options)
        limit_statements(1)
        self.reopen(database, database["OPTIONS"])
        with self.assertRaises(OperationalError) as raised, connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        with self.assertLogs("core.http.problems", "WARNING"):
            self.assertIsInstance(error_of(raised.exception), Unavailable)

    def reopen(self, database, options):
        database["OPTIONS"] = options
        connection.close()
        connection.close_pool()
