"""Several statements in one round trip, by the pipeline mode of libpq. Nothing else knows of it.

Statements always run in the order in which they were given: each cursor first sends what waits. In
a pipeline the server skips everything after a statement that failed, COMMIT too.

https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg import Error

# The types of Django know none of the methods that a backend overrides.
# mypy: disable-error-code="misc"

Sql = tuple[str, Sequence[Any]]  # a statement with its parameters


class PipelinedWrapper(base.DatabaseWrapper):
    """Sends BEGIN and SAVEPOINT with the next statement, and deferred writes with COMMIT."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._must_begin = False
        self._waiting: list[Sql] = []

    def fetch_together(self, statements: Iterable[Sql]) -> list[list[tuple[Any, ...]]]:
        """Run these statements in one round trip, and return the rows of each.

        Each sees what was committed before it ran: the second one, if the first waits for a lock,
        what was committed during the wait.
        """
        return [cursor.fetchall() for cursor in self.send(statements)]

    def write_later(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Send this statement with the next one, or with COMMIT, which then raises its errors.

        Without a transaction it is sent at once.
        """
        with debug_transaction(self, sql):  # in the log of queries it stands where it was given
            self._waiting.append((sql, parameters))
        if not self.in_atomic_block:
            self.send()

    def prefer_indexes(self) -> None:
        """Let no statement read a whole table until the transaction ends, if an index serves.

        Old statistics can say that a table is small, or that all of its rows match. Sent with the
        next statement.
        """
        self._waiting.append(("SET LOCAL enable_seqscan = off", ()))

    def send(self, statements: Iterable[Sql] = (), *, and_commit: bool = False) -> list[Any]:
        """Send what waits, then these, in one round trip; return the cursors of these."""
        waiting, self._waiting = self._waiting, []
        must_begin, self._must_begin = self._must_begin, False
        self.ensure_connection()
        cursors: list[Any] = []
        failure: Exception | None = None
        with self.wrap_database_errors:
            try:
                with self.connection.pipeline():
                    try:
                        if must_begin:
                            self.connection.execute("BEGIN")
                        for sql, parameters in waiting:
                            self.connection.execute(sql, parameters)
                        for sql, parameters in statements:
                            cursors.append(self.cursor())
                            cursors[-1].execute(sql, parameters)
                        if and_commit:
                            with debug_transaction(self, "COMMIT"):
                                self.connection.execute("COMMIT")
                    except (Error, DatabaseError) as error:
                        failure = error  # an early answer; the pipeline must end all the same
            except Error as error:  # the first one, or that the rest was skipped because of it
                failure = failure or error
            if failure:
                raise failure
        return cursors

    def _cursor(self, name: str | None = None) -> Any:
        if self._waiting or self._must_begin:
            self.send()
        return super()._cursor(name)

    def validate_no_broken_transaction(self) -> None:
        """Send what waits before a statement of an older cursor: Django calls this before each.

        Otherwise its statement would run before BEGIN or SAVEPOINT, outside of the block.
        """
        super().validate_no_broken_transaction()
        if self._waiting or self._must_begin:
            self.send()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Let the connection itself stay in autocommit mode, and send BEGIN with a statement."""
        self._waiting.clear()
        self._must_begin = not autocommit
        if not self.connection.autocommit:
            super()._set_autocommit(True)

    def _commit(self) -> None:
        if self._must_begin and not self._waiting:
            self._must_begin = False  # nothing was sent, so there is nothing to end
        elif self._waiting:
            self.send(and_commit=True)
        else:
            super()._commit()

    def _rollback(self) -> None:
        self._waiting.clear()
        self._must_begin = False
        super()._rollback()

    def _savepoint(self, sid: str) -> None:
        self.write_later(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        savepoint = (self.ops.savepoint_create_sql(sid), ())
        if savepoint in self._waiting:
            del self._waiting[self._waiting.index(savepoint) + 1 :]
        else:
            self._waiting.clear()
            super()._savepoint_rollback(sid)

    def _savepoint_commit(self, sid: str) -> None:
        """Release the savepoint. Sends what waits, so that the block raises its own errors."""
        self.write_later(self.ops.savepoint_commit_sql(sid))
        self.send()
