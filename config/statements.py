"""SQL that the ORM writes once, for the statements that every sale runs.

To put a query together and compile it takes the ORM several times as long as to run it. Here that
is done once a process; querysets and models stay the one place that knows tables and columns.
"""

import functools
import inspect

from django.db import connection
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

    def value(self, values):
        value = values[self.name]
        value = value if self.position is None else value[self.position]
        return connection.ops.adapt_unknown_value(value)


class Statement:
    """A queryset of tuples or of plain model instances, compiled at its first use.

        seats_of = Statement(lambda show: Booking.objects.filter(show=show).values_list("seat"))
        seats_of(show=12)

    A value may be a list, for `__in`: there is one SQL for each length. Numbers that no column
    can hold find nothing. Where the queryset locks rows, raises TransactionManagementError
    outside of a transaction.
    """

    def __init__(self, queryset):
        self._queryset = queryset
        self._names = list(inspect.signature(queryset).parameters)
        self._compiled = functools.cache(self._compile)  # {vendor and lengths of lists: ...}

    def __call__(self, **values):
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values.values()):
            return []  # as the ORM finds nothing
        lengths = [len(v) if isinstance(v := values[name], list) else None for name in self._names]
        query, sql, parameters, converters, make = self._compiled(connection.vendor, *lengths)
        if query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("A row is locked until a transaction ends.")
        with connection.cursor() as cursor:
            cursor.execute(sql, [parameter.value(values) for parameter in parameters])
            rows = cursor.fetchall()
        if converters:
            rows = [_converted(row, converters) for row in rows]
        return [make(row) for row in rows] if make else rows

    def _compile(self, vendor, *lengths):
        queryset = self._queryset(*map(_parameter, self._names, lengths))
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        # Constants become part of the SQL, so that PostgreSQL can plan a prepared statement with
        # the partial indexes that they allow.
        quote = connection.schema_editor().quote_value
        sql %= tuple(
            "%s" if isinstance(p, Parameter) else str(quote(p)).replace("%", "%%")
            for p in parameters
        )
        parameters = [p for p in parameters if isinstance(p, Parameter)]
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        make = None
        if queryset._fields is None:
            names = [column.target.attname for column, _, _ in compiler.select]
            make = functools.partial(queryset.model.from_db, queryset.db, names)
        return queryset.query, sql, parameters, converters, make


def _parameter(name, length):
    if length is None:
        return Parameter(name)
    return [Parameter(name, position) for position in range(length)]


def _converted(row, converters):
    row = list(row)
    for position, (functions, column) in converters.items():
        for convert in functions:
            row[position] = convert(row[position], column, connection)
    return tuple(row)


def insert(rows):
    """Save new rows of one model, and give them their primary keys, with one statement."""
    sql, fields = _insertion(connection.vendor, type(rows[0]), len(rows))
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
def _insertion(vendor, model, count):
    quote, meta = connection.ops.quote_name, model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    values = f"({', '.join(['%s'] * len(fields))})"
    sql = (  # of names that Django has, nothing that anybody sent
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {', '.join([values] * count)} "  # noqa: S608
        f"RETURNING {quote(meta.pk.column)}"
    )
    return sql, fields
