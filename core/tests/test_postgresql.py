"""The pool of connections to PostgreSQL."""

from unittest import mock

from django.conf import settings
from django.db import OperationalError, connection
from django.test import TransactionTestCase, skipUnlessDBFeature
from psycopg_pool import ConnectionPool, PoolTimeout

from core.db.postgresql.base import WAIT_WHILE_DOWN


@skipUnlessDBFeature("has_select_for_update")
class PoolTests(TransactionTestCase):
    def test_after_a_timeout_the_next_requests_wait_less_until_a_connection_succeeds(self):
        timeout = settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"]
        self.assertEqual(connection.pool.timeout, timeout)
        connection.close()

        with (
            mock.patch.object(ConnectionPool, "getconn", side_effect=PoolTimeout),
            self.assertRaises(OperationalError),
        ):
            connection.ensure_connection()
        self.assertEqual(connection.pool.timeout, WAIT_WHILE_DOWN)

        connection.ensure_connection()
        self.assertEqual(connection.pool.timeout, timeout)
