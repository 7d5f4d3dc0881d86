"""Connections to PostgreSQL, which come from a pool."""

from unittest import mock

from django.conf import settings
from django.db import OperationalError, connection
from django.test import TransactionTestCase, skipUnlessDBFeature
from psycopg_pool import ConnectionPool, PoolTimeout

from core.db.postgresql.base import WAIT_WHILE_DOWN


@skipUnlessDBFeature("has_select_for_update")
class PoolTests(TransactionTestCase):
    def test_once_one_has_waited_in_vain_the_next_wait_shorter_until_there_is_a_connection(self):
        patience = settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"]
        self.assertEqual(connection.pool.timeout, patience)
        connection.close()

        with (
            mock.patch.object(ConnectionPool, "getconn", side_effect=PoolTimeout),
            self.assertRaises(OperationalError),
        ):
            connection.ensure_connection()
        self.assertEqual(connection.pool.timeout, WAIT_WHILE_DOWN)

        connection.ensure_connection()
        self.assertEqual(connection.pool.timeout, patience)
