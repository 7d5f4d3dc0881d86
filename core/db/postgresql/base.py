"""Django's PostgreSQL backend, except that requests fail fast while the database is down."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

WAIT_WHILE_DOWN = 0.1  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection from the pool; raises PoolTimeout.

        Every waiting request occupies a thread. So after one request has waited for the pool's
        whole timeout, the next wait only WAIT_WHILE_DOWN, until a connection succeeds again.
        """
        if self.pool is None:  # as when a test database is created
            return super().get_new_connection(conn_params)
        try:
            connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            self.pool.timeout = WAIT_WHILE_DOWN
            raise
        self.pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection
