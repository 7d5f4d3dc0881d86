"""Writes of known rows, which need no answer: on PostgreSQL they travel with COMMIT.

Each is sent with the next statement of the transaction, or with its COMMIT, whichever comes first,
and raises its errors there.
"""

import functools
from collections.abc import Hashable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.sql import UpdateQuery

from core.db.statements import Query

Row = TypeVar("Row", bound=Model)
KEYS = "SELECT %s, nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"


def next_keys(*wanted: tuple[type[Model], int]) -> Query:
    """Return a query for primary keys of new rows: a list for each model and number of rows.

    A row that has its key before it is saved need not wait for the database: see `insert_later`.
    On SQLite only within a transaction, where no other one writes.
    """
    tables = [model._meta.db_table for model, _ in wanted]
    counts = [count for _, count in wanted]
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        sql = " UNION ALL ".join([KEYS] * len(wanted))
        columns = [cast(Any, model._meta.pk).column for model, _ in wanted]
        values = list(chain(*zip(tables, tables, columns, counts, strict=True)))
        return Query(sql, values, lambda rows: _by_table(rows, tables))
    sql = "SELECT name, seq FROM sqlite_sequence"
    return Query(sql, (), lambda rows: _keys_after(dict(rows), tables, counts))


def _by_table(rows: list[tuple[str, int]], tables: list[str]) -> list[list[int]]:
    return [[key for table, key in rows if table == wanted] for wanted in tables]


def _keys_after(last: dict[str, int], tables: list[str], counts: list[int]) -> list[list[int]]:
    """Return the next keys; SQLite keeps the last one of each table that has had a row."""
    firsts = [last.get(table, 0) + 1 for table in tables]
    return [list(range(first, first + n)) for first, n in zip(firsts, counts, strict=True)]


class Computed(NamedTuple):
    """A column whose value the database computes: `sql` has one placeholder, for another field."""

    column: str
    sql: str
    field: str


def insert_later(rows: list[Row], computed: Computed | None = None) -> list[Row]:
    """Save new rows of one model, which have their keys, with one statement.

    With `computed`, the rows in memory do not get the value of that column.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = _insertion(cast(Hashable, type(rows[0])), len(rows), computed)
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in fields
    ]
    _write(sql, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


@functools.cache
def _insertion(model: Any, count: int, computed: Computed | None) -> tuple[str, list[Any]]:
    """Return the statement, and the fields whose values it takes for each row."""
    quote, meta = connections[DEFAULT_DB_ALIAS].ops.quote_name, model._meta
    fields = list(meta.local_concrete_fields)
    columns = ", ".join(quote(field.column) for field in fields)
    places = ["%s"] * len(fields)
    if computed is not None:
        position = [field.column for field in fields].index(computed.column)
        places[position] = computed.sql
        fields[position] = meta.get_field(computed.field)
    values = ", ".join([f"({', '.join(places)})"] * count)
    # Only names of Django's models, no input.
    return f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {values}", fields  # noqa: S608


def update_later(rows: QuerySet[Any, Any], **values: Any) -> None:
    """Update the rows as `rows.update(...)` does, but do not count them."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    query.annotations = {}
    _write(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def _write(sql: str, values: Sequence[Any]) -> None:
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if hasattr(connection, "write_later"):
        connection.write_later(sql, values)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
