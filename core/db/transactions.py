"""Transactions: retry of lost races, advisory locks, snapshots, deletion in batches."""

import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, cast

from django.db import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models import QuerySet

from core.db.statements import NOTHING, Query

TRIES = 5
BATCH = 500  # rows deleted in one transaction
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
# A prepared statement whose table was changed. psycopg prepares it again after the rollback.
FEATURE_NOT_SUPPORTED = "0A000"

P = ParamSpec("P")
T = TypeVar("T")


def atomic_with_retry(write: Callable[P, T]) -> Callable[P, T]:
    """Run `write` in `transaction.atomic()`; start it again if it lost a race.

    A lost race is one that only the database sees: a constraint (IntegrityError), a deadlock, a
    serialization failure, or a migration that changed a table meanwhile. The next try sees what
    the winner wrote and can raise an error that explains it. After TRIES tries the error of the
    database is raised.

    Within another such function, `write` is a part of that one's transaction: every exception of
    `write` must leave it too, and it is what starts again.
    """

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _is_running.get():
            return write(*args, **kwargs)
        token = _is_running.set(True)
        try:
            for _ in range(TRIES - 1):
                try:
                    with transaction.atomic():
                        return write(*args, **kwargs)
                except (IntegrityError, OperationalError, NotSupportedError) as error:
                    if not _is_lost_race(error):
                        raise
            with transaction.atomic():
                return write(*args, **kwargs)
        finally:
            _is_running.reset(token)

    return run


_is_running = ContextVar("atomic_with_retry", default=False)


def _is_lost_race(error: Exception) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, IntegrityError) or sqlstate in (
        SERIALIZATION_FAILURE,
        DEADLOCK_DETECTED,
        FEATURE_NOT_SUPPORTED,
    )


def prefer_indexes() -> None:
    """Read by indexes until the transaction ends, whatever PostgreSQL's statistics say."""
    if connection.vendor == "postgresql":
        cast(Any, connection).prefer_indexes()


def waits_at_begin() -> bool:
    """Return whether a transaction waits for other writers before its first statement: SQLite."""
    return connection.vendor == "sqlite"


def try_advisory_lock(name: str) -> Query:
    """Return a query that tries to take the lock of this name, and results in whether it did.

    Does not wait; the lock is kept until the transaction ends. Always succeeds on SQLite, where
    only one transaction writes at a time and the next one waits at BEGIN.
    """
    if connection.vendor != "postgresql":
        return NOTHING.then(lambda _: True)
    sql = "SELECT pg_try_advisory_xact_lock(%s)"
    return Query(sql, [_lock_number(name)], lambda rows: bool(rows[0][0]))


def advisory_lock(name: str) -> Query:
    """Return a query that waits for the lock of this name, kept until the transaction ends.

    Does nothing on SQLite, for the same reason as `try_advisory_lock`.
    """
    if connection.vendor != "postgresql":
        return NOTHING
    return Query("SELECT pg_advisory_xact_lock(%s)", [_lock_number(name)], list)


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Read from one snapshot within the block; do not block writers.

    Not for use inside a transaction, and not for writing.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # `atomic` would run BEGIN IMMEDIATE, as configured, and lock out all writers.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete the rows of a queryset, each batch in its own transaction; return how many.

    Skips rows that others have locked, so it never waits.
    """
    deleted = 0
    while batch := _delete_batch(rows=rows):
        deleted += batch
    return deleted


@atomic_with_retry
def _delete_batch(*, rows: QuerySet[Any]) -> int:
    locked = rows.order_by().select_for_update(skip_locked=True)
    found = list(locked.values_list("pk", flat=True)[:BATCH])
    rows.model._default_manager.filter(pk__in=found).delete()
    return len(found)
