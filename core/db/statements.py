"""Compiled SQL for the statements that every sale runs.

Building and compiling a query takes the ORM longer than running it. Here that happens once per
process; querysets and models stay the only place that knows tables and columns.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Expression, QuerySet
from django.db.transaction import TransactionManagementError

LARGEST = BigIntegerField.MAX_BIGINT

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

    def found(self, rows: list[Any]) -> list[Any]:
        """Return what the queryset would return for these rows."""
        if self.converters:
            connection = connections[DEFAULT_DB_ALIAS]
            rows = [_converted(row, self.converters, connection) for row in rows]
        return list(map(self.make, rows)) if self.make else rows


class Query(NamedTuple):
    """A statement with its values, ready to run: alone, or `together` with others.

    `sql` is empty where no row can match. `result` makes the result of the rows.
    """

    sql: str
    parameters: Sequence[Any]
    result: Callable[[list[Any]], Any]

    def run(self) -> Any:
        if not self.sql:
            return self.result([])
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(self.sql, self.parameters)
            return self.result(cursor.fetchall())

    def then(self, make: Callable[[Any], Any]) -> "Query":
        """Return the query with another result, made of this one."""
        return self._replace(result=lambda rows: make(self.result(rows)))


def together(*queries: Query) -> list[Any]:
    """Run the queries in this order, and return the result of each. One round trip.

    On PostgreSQL, a query behind one that waits for a lock sees what was committed meanwhile.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if not hasattr(connection, "fetch_together"):  # SQLite has no round trips
        return [query.run() for query in queries]
    found = iter(connection.fetch_together([query[:2] for query in queries if query.sql]))
    return [query.result(next(found) if query.sql else []) for query in queries]


NOTHING = Query("", (), list)


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
        found: list[Any] = self.with_values(**values).run()
        return found

    def with_values(self, **values: Any) -> Query:
        lengths = []
        for name in self._names:
            value = values[name]
            if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
                return NOTHING  # as the ORM does: no column can hold the value
            lengths.append(len(value) if isinstance(value, list) else None)
        compiled = self._compiled(*lengths)
        connection = connections[DEFAULT_DB_ALIAS]
        if compiled.locks and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked only within a transaction.")
        adapt = connection.ops.adapt_unknown_value
        parameters = [adapt(each.value_in(values)) for each in compiled.parameters]
        return Query(compiled.sql, parameters, compiled.found)

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
