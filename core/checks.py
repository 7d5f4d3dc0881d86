"""System checks of the database: `migrate` runs them first."""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.db.drift import SchemaState, read_schema_state, some_of


@register(Tags.database)
def tables_fit_the_applied_migrations(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Report tables that differ from what the applied migrations make.

    An empty database and one that still has to be migrated pass.
    """
    return list(_errors(databases or []))


def _errors(databases: Sequence[str]) -> Iterator[CheckMessage]:
    for alias in databases:
        state = read_schema_state(connections[alias])
        if state.drift:
            yield Error(
                "The tables of this database differ from what its applied migrations make "
                f"({state.drift}).",
                hint=_way_out(state, connections[alias]),
                id="core.E001",
            )


def _way_out(state: SchemaState, connection: BaseDatabaseWrapper) -> str:
    if state.unknown:
        return (
            f"A newer version has migrated it ({some_of(state.unknown)}). Start that version again."
        )
    new_one = (
        f"delete {connection.settings_dict['NAME']}"
        if connection.vendor == "sqlite"
        else "create an empty database and name it in DATABASE_URL"
    )
    return (
        "A database made before version 0.1.0 cannot be migrated. Make a new one: "
        f"{new_one}, then run `migrate` again. If it is from a later version, restore a backup."
    )
