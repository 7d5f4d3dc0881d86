"""Further PostgreSQL databases, beside the one of the other measures."""

from contextlib import contextmanager

import psycopg
from psycopg import sql

from benchmarks.server import run_python


@contextmanager
def filled(url, name, bookings, *options):
    """Yield the URL of a new database with so many bookings; it is dropped afterwards.

    `options` are those of `benchmarks.data`.
    """
    identifier = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            other = url.replace("/postgres?", f"/{name}?")
            run_python(other, "benchmarks", "data", bookings, *options)
            yield other
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
