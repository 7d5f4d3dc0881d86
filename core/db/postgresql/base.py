"""Django's PostgreSQL backend, except that it needs fewer round trips and fails fast."""

import select
from typing import Any

from psycopg import Connection, Error
from psycopg_pool import PoolTimeout

from core.db.postgresql.creation import DatabaseCreation
from core.db.postgresql.pipelines import PipelinedWrapper

WAIT_WHILE_DOWN = 0.1  # seconds


class DatabaseWrapper(PipelinedWrapper):
    creation_class = DatabaseCreation

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection that works from the pool; raises PoolTimeout.

        Every waiting request occupies a thread. So after one request has waited for the pool's
        whole timeout, the next wait only WAIT_WHILE_DOWN, until a connection succeeds again.
        """
        if self.pool is None:  # as when a test database is created
            return super().get_new_connection(conn_params)
        try:
            connection = super().get_new_connection(conn_params)
            while not is_open(connection):
                connection.close()
                self.pool.putconn(connection)  # which replaces it
                connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            self.pool.timeout = WAIT_WHILE_DOWN
            raise
        self.pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection


def is_open(connection: Connection[Any]) -> bool:
    """Return whether the connection still works. No round trip, unless the server has sent a word.

    A server that stops, or ends a connection, says so before it closes the socket: an idle
    connection that has nothing to read is open.
    """
    if connection.closed:
        return False
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    if not watch.poll(0):
        return True
    try:
        connection.execute("")
    except Error:
        return False
    return True
