"""Compiled SQL for the statements that every sale runs.

Building and compiling a query takes the ORM longer than running it. Here that happens once per
process; querysets and models stay the only place that knows tables and columns.
"""

import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Expression, Model, QuerySet
from django.db.transaction import TransactionManagementError

LARGEST = BigIntegerField.MAX_BIGINT

Row = TypeVar("Row", bound=Model)
Converters = dict[int, tuple[list[Callable[..., Any]], Any]]


class Parameter(Expression):
    """Placeholder in a queryset for a value that is given when the statement runs."""

    def __init__(self, name: str, position: int | None = None) -> None:
        super().__init__()
        self.name = name
        self.position = position  # in a list of values

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def value_in(self, values: dict[str, Any]) -> Any:
        value = values[self.name]
        return value if self.position is None else value[self.position]


class Compiled(NamedTuple):
    sql: str
    parameters: list[Parameter]
    converters: Converters  # of columns that the database stores in another form
    make: Callable[[Any], Any] | None  # makes a model instance of a row
    locks: bool


class Statement:
    """A queryset of tuples or of plain model instances, compiled at its first use.

        seats_of = Statement(lambda show: Booking.objects.filter(show=show).values_list("seat"))
        seats_of(show=12)

    A value may be a list, for `__in`: each length has its own SQL. Integers that no column can
    hold match nothing. If the queryset locks rows, raises TransactionManagementError outside a
    transaction.
    """

    def __init__(self, queryset: Callable[..., QuerySet[Any, Any]]) -> None:
        self.queryset = queryset
        self._names = list(inspect.signature(queryset).parameters)
        self._compiled = functools.cache(self._compile)  # by the lengths of the lists

    def __call__(self, **values: Any) -> list[Any]:
        lengths = []
        for name in self._names:
            value = values[name]
            if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
                return []  # as the ORM does
            lengths.append(len(value) if isinstance(value, list) else None)
        compiled = self._compiled(*lengths)
        connection = connections[DEFAULT_DB_ALIAS]
        if compiled.locks and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked only within a transaction.")
        adapt = connection.ops.adapt_unknown_value
        with connection.cursor() as cursor:
            cursor.execute(
                compiled.sql, [adapt(each.value_in(values)) for each in compiled.parameters]
            )
            rows = cursor.fetchall()
        if compiled.converters:
            rows = [_converted(row, compiled.converters, connection) for row in rows]
        return list(map(compiled.make, rows)) if compiled.make else rows

    def _compile(self, *lengths: int | None) -> Compiled:
        connection = connections[DEFAULT_DB_ALIAS]
        queryset: Any = self.queryset(*map(_parameter, self._names, lengths))
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


def _parameter(name: str, length: int | None) -> Parameter | list[Parameter]:
    if length is None:
        return Parameter(name)
    return [Parameter(name, position) for position in range(length)]


def _in_sql(value: Any, connection: BaseDatabaseWrapper) -> str:
    """Return a placeholder, or the constant as SQL.

    Constants are part of the SQL, so that PostgreSQL can use partial indexes in a prepared plan.
    """
    if isinstance(value, Parameter):
        return "%s"
    return str(connection.schema_editor().quote_value(value)).replace("%", "%%")


def _converted(
    row: Sequence[Any], converters: Converters, connection: BaseDatabaseWrapper
) -> tuple[Any, ...]:
    values = list(row)
    for position, (functions, column) in converters.items():
        for convert in functions:
            values[position] = convert(values[position], column, connection)
    return tuple(values)


def insert(rows: list[Row]) -> list[Row]:
    """Save new rows of one model with one statement, and set their primary keys."""
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = _insertion(cast(Hashable, type(rows[0])), len(rows))
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
def _insertion(model: Any, count: int) -> tuple[str, list[Any]]:
    quote, meta = connections[DEFAULT_DB_ALIAS].ops.quote_name, model._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    # Only names of Django's models, no input.
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {values}"  # noqa: S608
    return f"{sql} RETURNING {quote(meta.pk.column)}", fields
