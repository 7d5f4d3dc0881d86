"""System checks of the database, the shared cache and the proxies.

`migrate` runs the first two before it begins, and `check --deploy` the last.
"""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.cache import cache
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from redis.exceptions import RedisError

from core.db.drift import SchemaState, read_schema_state, some_of
from core.http.challenges import challenge_of


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


@register(Tags.database)
def shared_cache_answers(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Warn if Redis does not answer. The service starts without it, and sells."""
    if not settings.REDIS_URL:
        return []
    try:
        cache.get("check")
    except RedisError as error:
        return [
            Warning(
                f"Redis does not answer ({str(error).rstrip('.')}). Until it does, log-in, sign-up "
                "and password requests are answered with 503.",
                hint="Check REDIS_URL, and that Redis is running.",
                id="core.W001",
            )
        ]
    return []


@register(Tags.security)
def challenge_can_be_imported(
    *, app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Report a CHALLENGE that names no challenge: sign-ups and holds would fail."""
    try:
        if settings.CHALLENGE:
            challenge_of(settings.CHALLENGE)
    except ImportError as error:
        return [Error(f"CHALLENGE cannot be used. {error}", id="core.E002")]
    return []


@register(Tags.security, deploy=True)
def proxies_are_named(
    *, app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Warn if no proxy is trusted: the server itself speaks no HTTPS, so there must be one."""
    if settings.TRUSTED_PROXIES:
        return []
    effect = "All clients share its address, and with it the limits on log-in and sign-up"
    if settings.ADMIN_ADDRESSES:
        effect += " and the right to the admin"
    if settings.SECURE_SSL_REDIRECT:
        effect = "Every request is redirected to HTTPS, again and again"
    return [
        Warning(
            f"TRUSTED_PROXIES is empty, so nothing that a proxy forwards is believed. {effect}.",
            hint="Name the address of the proxy, such as TRUSTED_PROXIES=127.0.0.1.",
            id="core.W002",
        )
    ]


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
