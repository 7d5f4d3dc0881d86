"""Schema drift: tables that differ from what the applied migrations make.

`migrate` trusts its record. It does not notice that a table was changed by hand, or that a
migration's file was edited after the database had applied it.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

MAX_NAMES = 5  # in a sentence

# Table, column, and whether an INSERT that leaves the column out fails. One query for all tables.
COLUMNS = {
    "sqlite": """
        SELECT t.name, c.name, c."notnull" AND c.dflt_value IS NULL AND NOT c.pk AND NOT c.hidden
        FROM sqlite_master t, pragma_table_xinfo(t.name) c
        WHERE t.type IN ('table', 'view')
    """,
    "postgresql": """
        SELECT t.relname, c.attname, c.attnotnull AND NOT c.atthasdef AND c.attidentity = ''
        FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
        WHERE t.relkind IN ('r', 'p', 'f', 'v') AND pg_table_is_visible(t.oid)
            AND c.attnum > 0 AND NOT c.attisdropped
    """,
}


class SchemaState(NamedTuple):
    """How a database fits this version of the code: it does if all lists are empty.

    Migrations are written `movies.0001_initial`, columns `movies_show.starts_at`.
    """

    unapplied: list[str]  # migrations that are still to run, in their order
    unknown: list[str]  # applied migrations of our own apps that this version does not have
    missing: list[str]  # tables and columns that the applied migrations should have made
    unexpected: list[str]  # columns that they did not make, and without which an INSERT fails

    @property
    def drift(self) -> str:
        """Name what differs from the applied migrations; empty where nothing does."""
        named = {
            "missing": self.missing,
            "not known, but every row must have it": self.unexpected,
        }
        return "; ".join(f"{what}: {some_of(names)}" for what, names in named.items() if names)


def read_schema_state(connection: BaseDatabaseWrapper) -> SchemaState:
    """Compare the database with this version of the code. Three queries.

    Pending migrations are not drift; neither are extra tables, or extra columns that an INSERT may
    leave out. Raises DatabaseError if the database cannot be read.
    """
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    expected = _expected_columns(loader)
    actual = _actual_columns(connection)
    return SchemaState(
        unapplied=[str(migration) for migration, _ in plan],
        unknown=sorted(_unknown_migrations(loader)),
        missing=sorted(_missing(expected, actual)),
        unexpected=sorted(_unexpected(expected, actual)),
    )


def some_of(names: list[str]) -> str:
    """List the first MAX_NAMES names, and say how many more there are."""
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _expected_columns(loader: MigrationLoader) -> dict[str, set[str]]:
    """Return {table: columns} as the applied migrations make them."""
    applied = [node for node in loader.applied_migrations or {} if node in loader.graph.nodes]
    columns: dict[str, set[str]] = defaultdict(set)
    for model in loader.project_state(applied).apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            fields = model._meta.local_concrete_fields
            columns[model._meta.db_table] |= {field.column for field in fields if field.column}
    return columns


def _actual_columns(connection: BaseDatabaseWrapper) -> dict[str, dict[str, bool]]:
    """Return {table: {column: whether every INSERT must name it}}."""
    columns: dict[str, dict[str, bool]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS[connection.vendor])
        for table, column, must_be_given in cursor.fetchall():
            columns[table][column] = bool(must_be_given)
    return columns


def _unknown_migrations(loader: MigrationLoader) -> Iterator[str]:
    """Yield the applied migrations that our apps do not have: a newer version made them.

    A package may drop old migrations of its own, so those of packages do not count.
    """
    own_apps = {
        app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR
    }
    for app, name in loader.applied_migrations or {}:
        if app in own_apps and (app, name) not in loader.disk_migrations:
            yield f"{app}.{name}"


def _missing(expected: dict[str, set[str]], actual: dict[str, dict[str, bool]]) -> Iterator[str]:
    for table, columns in expected.items():
        if table not in actual:
            yield table
        else:
            yield from (f"{table}.{column}" for column in columns - actual[table].keys())


def _unexpected(expected: dict[str, set[str]], actual: dict[str, dict[str, bool]]) -> Iterator[str]:
    for table, columns in expected.items():
        for column, must_be_given in actual.get(table, {}).items():
            if must_be_given and column not in columns:
                yield f"{table}.{column}"
