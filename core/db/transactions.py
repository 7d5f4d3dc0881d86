"""How a write with rules is run."""

import functools
import hashlib
from contextlib import contextmanager

from django.db import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    connection,
    transaction,
)

TRIES = 5
BATCH = 500  # rows deleted at a time
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION_FAILURE, DEADLOCK_DETECTED = "40001", "40P01"
# Of a prepared statement whose table was changed. psycopg prepares anew after the rollback.
FEATURE_NOT_SUPPORTED = "0A000"


def atomic_with_retry(write):
    """Run `write` in `transaction.atomic()`, and again from its start if it lost a race.

    A race is lost where only the database sees it: a constraint (IntegrityError), a deadlock, a
    serialization failure, or a migration that changed a table meanwhile. The next try sees what the
    winner wrote and refuses in plain words.
    After TRIES tries the database's own error is raised.
    """

    @functools.wraps(write)
    def run(*args, **kwargs):
        for _ in range(TRIES - 1):
            try:
                with transaction.atomic():
                    return write(*args, **kwargs)
            except (IntegrityError, OperationalError, NotSupportedError) as error:
                if not _lost_a_race(error):
                    raise
        with transaction.atomic():
            return write(*args, **kwargs)

    return run


def _lost_a_race(error):
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, IntegrityError) or sqlstate in (
        SERIALIZATION_FAILURE,
        DEADLOCK_DETECTED,
        FEATURE_NOT_SUPPORTED,
    )


def try_advisory_lock(name):
    """Whether the lock of this name is ours, at once and until the transaction ends.

    On SQLite it always is: there is one transaction at a time, and the next waits at BEGIN.
    """
    if connection.vendor != "postgresql":
        return True
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]


@contextmanager
def read_snapshot():
    """Whatever is written meanwhile, what is read within is of one moment; no writer waits.

    Not to be used within a transaction, and not to write.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # `atomic` would begin IMMEDIATE, as the settings say, and keep all writers out.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def delete_in_batches(rows):
    """Delete the rows of a queryset, each batch in a transaction of its own; answer how many.

    What others have locked is left alone, so nobody waits: it changes, or they delete it.
    """
    deleted = 0
    while batch := _delete_some(rows=rows):
        deleted += batch
    return deleted


@atomic_with_retry
def _delete_some(*, rows):
    locked = rows.order_by().select_for_update(skip_locked=True)
    found = list(locked.values_list("pk", flat=True)[:BATCH])
    rows.model.objects.filter(pk__in=found).delete()
    return len(found)
