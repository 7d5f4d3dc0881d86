"""Sentences about a database that a command cannot use: what is wrong, and what to check."""

import re
from pathlib import Path

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection

NOT_MIGRATED = "The tables of the database are missing or old. Run `manage.py migrate` first."

# https://www.postgresql.org/docs/current/errcodes-appendix.html
BY_SQLSTATE = {
    "42501": "The user of DATABASE_URL may not do this in PostgreSQL: {reason}. Make the user the "
    "owner of the database.",
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "25006": "PostgreSQL accepts no writes, as a standby does. Name the primary in DATABASE_URL.",
}
BY_SQLITE_TEXT = {
    "no such table": NOT_MIGRATED,
    "no such column": NOT_MIGRATED,
    "unable to open": "SQLite cannot open or create {path}. Check that the file and its directory "
    "exist, and that this user may write to both.",
    "readonly": "SQLite cannot write to {path}. Check that this user may write to the file and to "
    "its directory.",
    "locked": "Another process has kept the write lock of {path} for long. Try again.",
    "not a database": "The file {path} is no SQLite database. Check DATABASE_URL.",
    "malformed": "The SQLite database {path} is damaged. Restore a backup.",
    "full": "The disk of {path} is full.",
    "I/O error": "The disk of {path} cannot be read or written.",
}


def sentence_for(error: DatabaseError | InterfaceError) -> str | None:
    """Return a sentence for an error that its operator can mend; None for any other error."""
    if connection.vendor == "sqlite":
        return _sqlite_sentence(str(error))
    cause = _cause_of(error)
    sentence = BY_SQLSTATE.get((cause and cause.sqlstate) or "")
    if sentence:
        return sentence.format(reason=_reason_in(cause))
    if isinstance(error, OperationalError | InterfaceError):
        return why_unreachable()
    return None


def why_unreachable() -> str | None:
    """Return a sentence if the database accepts no connection now. Does not use the pool."""
    if connection.vendor == "sqlite":
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            return _sqlite_sentence(str(error))
        return None
    # The parameters of the settings, without the pool.
    parameters = connection.get_connection_params()
    try:
        psycopg.connect(**parameters).close()
    except psycopg.Error as error:
        names = {name: parameters.get(name) for name in ("host", "port", "dbname", "user")}
        server = f"{names['host'] or 'its socket'}:{names['port'] or 5432}"
        user = f" as {names['user']}" if names["user"] else ""
        return (
            f"Cannot connect to PostgreSQL on {server}, to the database {names['dbname']}{user}: "
            f"{_reason_in(error)}. Check DATABASE_URL, and that the server is running."
        )
    return None


def _cause_of(error: BaseException | None) -> psycopg.Error | None:
    """Return the error of the driver from which Django's errors were raised."""
    while error is not None and not isinstance(error, psycopg.Error):
        error = error.__cause__ or error.__context__
    return error


def _sqlite_sentence(text: str) -> str | None:
    path = Path(connection.settings_dict["NAME"])
    found = [sentence for words, sentence in BY_SQLITE_TEXT.items() if words in text]
    return found[0].format(path=path) if found else None


def _reason_in(error: object) -> str:
    """Return the last reason of libpq, which tries every address of a host; it has no password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = next((line for line in reversed(lines) if "failed: " in line), lines[0])
    reason = re.split(r"failed: (?:FATAL: +)?", first)[-1]
    return reason.rstrip(".").replace("[Errno -2] ", "")
