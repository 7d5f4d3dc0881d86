"""The keys of tickets, from TICKET_KEYS: the first signs, all verify."""

from functools import lru_cache

from django.conf import settings

from tickets.codes import TicketKey, key_from


def signing_key() -> TicketKey:
    return next(iter(verifying_keys().values()))


def verifying_keys() -> dict[bytes, TicketKey]:
    """Return {id: key} in the order of the setting."""
    return _keys_of(tuple(settings.TICKET_KEYS))


@lru_cache(maxsize=8)
def _keys_of(secrets: tuple[str, ...]) -> dict[bytes, TicketKey]:
    return {key.id: key for key in map(key_from, secrets)}
