"""Test databases that can be cloned for `manage.py test --parallel`."""

from typing import Any

from django.db.backends.postgresql import creation

_inherited: list[Any] = []


class DatabaseCreation(creation.DatabaseCreation):
    """Django's, but a forked process does not use the pool of its parent."""

    def setup_worker_connection(self, _worker_id: int) -> None:
        """Forget the inherited pool: its threads exist in the parent only.

        It is kept from the garbage collector, which would close the parent's connections.
        """
        wrapper: Any = self.connection
        _inherited.append((wrapper.connection, wrapper._connection_pools.pop(wrapper.alias, None)))
        wrapper.connection = None
        super().setup_worker_connection(_worker_id)
