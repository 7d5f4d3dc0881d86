"""SQL that the ORM writes once, for the statements that every sale runs.

To put a query together and compile it takes the ORM longer than to run it. Here that is done once
a process; querysets and models stay the one place that knows tables and columns.
"""

import functools
import inspect
from collections.abc import Callable
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression
from django.db.transaction import TransactionManagementError

LARGEST = 2**63 - 1  # integer of the databases


class Parameter(Expression):
    """Stands in a queryset for a value that is given when it is run."""

    def __init__(self, name, position=None):
        super().__init__()
        self.name = name
        self.position = position  # in a list of values

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def value_in(self, values):
        value = values[self.name]
        return value if self.position is None else value[self.position]


class Compiled(NamedTuple):
    sql: str
    parameters: list[Parameter]
    converters: dict  # of columns that the database has in another form
    make: Callable | None  # a model instance of a row
    locks: bool


class Statement:
    """A queryset of tuples or of plain model instances, compiled at its first use.

        seats_of = Statement(lambda show: Booking.objects.filter(show=show).values_list("seat"))
        seats_of(show=12)

    A value may be a list, for `__in`: there is one SQL for each length. Numbers that no column
    can hold find nothing. Where the queryset locks rows, raises TransactionManagementError
    outside of a transaction.
    """

    def __init__(self, queryset):
        self.queryset = queryset
        self._names = list(inspect.signature(queryset).parameters)
        self._compiled = functools.cache(self._compile)  # for each length of its lists

    def __call__(self, **values):
        lengths = []
        for name in self._names:
            value = values[name]
            if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
                return []  # as the ORM finds nothing
            lengths.append(len(value) if isinstance(value, list) else None)
        compiled = self._compiled(*lengths)
        connection = connections[DEFAULT_DB_ALIAS]
        if compiled.locks and not connection.in_atomic_block:
            raise TransactionManagementError("A row is locked until a transaction ends.")
        adapt = connection.ops.adapt_unknown_value
        with connection.cursor() as cursor:
            cursor.execute(
                compiled.sql, [adapt(each.value_in(values)) for each in compiled.parameters]
            )
            rows = cursor.fetchall()
        if compiled.converters:
            rows = [_converted(row, compiled.converters, connection) for row in rows]
        return list(map(compiled.make, rows)) if compiled.make else rows

    def _compile(self, *lengths):
        connection = connections[DEFAULT_DB_ALIAS]
        queryset = self.queryset(*map(_parameter, self._names, lengths))
        compiler = queryset.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        make = None
        if queryset._fields is None:  # not of values_list
            names = [column.target.attname for column in columns]
            make = functools.partial(queryset.model.from_db, connection.alias, names)
        return Compiled(
            sql=sql % tuple(_in_sql(value, connection) for value in values),
            parameters=[value for value in values if isinstance(value, Parameter)],
            converters=compiler.get_converters(columns),
            make=make,
            locks=queryset.query.select_for_update,
        )


def _parameter(name, length):
    if length is None:
        return Parameter(name)
    return [Parameter(name, position) for position in range(length)]


def _in_sql(value, connection):
    """Constants stand in the SQL itself, so that PostgreSQL plans a prepared statement with the
    partial indexes that they allow.
    """
    if isinstance(value, Parameter):
        return "%s"
    return str(connection.schema_editor().quote_value(value)).replace("%", "%%")


def _converted(row, converters, connection):
    row = list(row)
    for position, (functions, column) in converters.items():
        for convert in functions:
            row[position] = convert(row[position], column, connection)
    return tuple(row)


def insert(rows):
    """Save new rows of one model, and give them their primary keys, with one statement."""
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = _insertion(type(rows[0]), len(rows))
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for row, [pk] in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias
    return rows


@functools.cache
def _insertion(model, count):
    quote, meta = connections[DEFAULT_DB_ALIAS].ops.quote_name, model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    # Of names that Django has, nothing that anybody sent.
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {values}"  # noqa: S608
    return f"{sql} RETURNING {quote(meta.pk.column)}", fields
