"""SQLite with a LIKE that ignores the case of every alphabet, as PostgreSQL does.

SQLite's own LIKE only knows the letters of ASCII: a search for `амели` would miss `Амели`.
"""

import re
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.backends.sqlite3 import base, operations

from core.db.sqlite.creation import DatabaseCreation


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Any) -> None:
        """Empty tables without their triggers, as TRUNCATE of PostgreSQL does."""
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {self.quote_name(name)}")
            super().execute_sql_flush(sql_list)
            for _, sql in triggers:
                cursor.execute(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and replace the functions behind `LIKE` and `LIKE ... ESCAPE`."""
        connection = super().get_new_connection(conn_params)
        connection.create_function("like", 2, like, deterministic=True)
        connection.create_function("like", 3, like, deterministic=True)
        return connection


def like(pattern: object, value: object, escape: str | None = None) -> bool | None:
    """Return whether `value LIKE pattern ESCAPE escape` holds, by case folding.

    None for NULL. A BLOB matches nothing, as in the usual builds of SQLite.
    """
    if pattern is None or value is None:
        return None
    if isinstance(pattern, bytes) or isinstance(value, bytes):
        return False
    matcher, is_search = _compiled(str(pattern), escape)
    folded = str(value).casefold()
    match = matcher.search(folded) if is_search else matcher.fullmatch(folded)
    return match is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, escape: str | None) -> tuple[re.Pattern[str], bool]:
    """Return a regular expression, and whether to search it anywhere: for `%word%`."""
    parts, characters = [], iter(pattern)
    for character in characters:
        if character == escape:
            parts.append(re.escape(next(characters, "").casefold()))
        elif character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        else:
            parts.append(re.escape(character.casefold()))
    is_search = len(parts) > 1 and parts[0] == parts[-1] == ".*"
    if is_search:
        parts = parts[1:-1]
    return re.compile("".join(parts), re.DOTALL), is_search
