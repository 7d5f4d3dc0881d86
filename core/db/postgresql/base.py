"""PostgreSQL as Django knows it, but while it is away nobody waits long to be told so."""

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

WHILE_AWAY = 0.1  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        """Take one from the pool; raises PoolTimeout.

        Each request that waits keeps a thread from all others. So once one has waited in vain for
        the pool's whole timeout, the next wait for WHILE_AWAY, until there is a connection again.
        """
        if self.pool is None:  # as when a test database is made
            return super().get_new_connection(conn_params)
        try:
            connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            self.pool.timeout = WHILE_AWAY
            raise
        self.pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection
