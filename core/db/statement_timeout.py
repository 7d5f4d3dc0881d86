"""The longest that PostgreSQL works for one statement."""

from django.db import DEFAULT_DB_ALIAS, connections


def limit_statements(seconds: int) -> None:
    """Set the limit for all connections that this process opens from now on; 0 is no limit.

    SQLite has none. A statement that takes longer is answered as an unavailable database.
    """
    database = connections.settings[DEFAULT_DB_ALIAS]
    if seconds and "postgresql" in database["ENGINE"]:
        others, _, _ = database["OPTIONS"]["options"].partition(" -c statement_timeout=")
        database["OPTIONS"]["options"] = f"{others} -c statement_timeout={seconds}s"
