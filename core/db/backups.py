"""Backups of the database as one file, and fresh databases to restore them into.

SQLite: a copy made by VACUUM INTO. PostgreSQL: an archive of pg_dump in its custom format. Both
read one snapshot and block no sale.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection
from psycopg import pq


class BackupError(Exception):
    """A sentence for the operator."""


def suffix() -> str:
    """Return how the names of backups of this kind of database end."""
    return ".sqlite3" if connection.vendor == "sqlite" else ".dump"


def back_up(file: Path) -> None:
    """Write a backup that only this user of the machine can read. Raises BackupError.

    The file has its name only when it is complete and on the disk.
    """
    if file.exists():
        raise BackupError(f"{file} exists already.")
    if not connection.introspection.table_names():
        raise BackupError("This database has no tables. Is DATABASE_URL the right one?")
    part = None
    try:
        number, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        os.close(number)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [part])
        else:
            _run(["pg_dump", "--no-password", "--format=custom", f"--file={part}"])
        _write_to_disk(Path(part))
        os.link(part, file)  # fails if the file exists by now
        _write_to_disk(file.parent)
    except (OSError, DatabaseError) as error:
        raise BackupError(f"The backup {file} could not be written: {_line(error)}") from error
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


@contextmanager
def restored(file: Path) -> Iterator[None]:
    """Restore a backup into a fresh database, which `connection` uses until the context ends.

    The fresh database is deleted at the end; the one in DATABASE_URL is not touched. Raises
    BackupError.
    """
    if not file.is_file():
        raise BackupError(f"There is no backup {file}.")
    with _restored_sqlite(file) if connection.vendor == "sqlite" else _restored_postgresql(file):
        yield


@contextmanager
def _restored_sqlite(file: Path) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="restore-check-") as folder:
        copy = Path(folder) / "restored.sqlite3"
        try:
            shutil.copyfile(file, copy)
        except OSError as error:
            raise BackupError(f"{file} could not be copied: {_line(error)}") from error
        with _connected_to(str(copy)):
            try:
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA integrity_check(1)")
                    [[answer]] = cursor.fetchall()
            except DatabaseError as error:
                answer = _line(error)
            if answer != "ok":
                raise BackupError(f"{file} cannot be restored: {answer}")
            yield


@contextmanager
def _restored_postgresql(file: Path) -> Iterator[None]:
    name = f"restore_check_{secrets.token_hex(6)}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    except DatabaseError as error:
        raise BackupError(
            f"No fresh database could be created: {_line(error)} The check needs a role with the "
            "right CREATEDB: name it, or another server, in DATABASE_URL."
        ) from error
    try:
        _run(
            ["pg_restore", "--no-password", "--exit-on-error", "--no-owner", "--no-privileges"]
            + [f"--dbname={name}", str(file)]
        )
        with _connected_to(name):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Let the connection use another database of the same server, as Django's test runner does."""
    usual = connection.settings_dict["NAME"]
    _disconnect()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        _disconnect()
        connection.settings_dict["NAME"] = usual


def _disconnect() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _run(command: list[str]) -> None:
    """Run a tool of PostgreSQL against the server of the connection."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no text of users
            command,
            env=os.environ | _libpq_variables(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BackupError(
            f"{command[0]} is not installed. On Debian and Ubuntu it is in the package "
            "postgresql-client; its version must be that of the server or newer."
        ) from error
    if done.returncode:
        raise BackupError(" ".join(done.stderr.split()) or f"{command[0]} failed.")


def _libpq_variables() -> dict[str, str]:
    """Return how to connect as environment variables: arguments could be read by every user."""
    connection.ensure_connection()
    info = connection.connection.info
    options = info.get_parameters() | {"password": info.password}
    options.pop("options", None)  # the time limits of requests
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    return {variables[key]: value for key, value in options.items() if value and key in variables}


def _write_to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _line(error: Exception) -> str:
    return f"{' '.join(str(error).split()).rstrip('.')}."
