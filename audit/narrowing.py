"""Entries of which some users see only a part: they name rows that these users do not see."""

from collections.abc import Callable
from typing import Any, TypeAlias

from audit.models import Entry

Values: TypeAlias = dict[str, Any]

_narrowings: dict[str, Callable[[Values, Any], Values]] = {}


def narrow(verb: str, narrowing: Callable[[Values, Any], Values]) -> None:
    """Register what a user sees of the values before and after in entries with the verb."""
    _narrowings[verb] = narrowing


def narrowed(entry: Entry, user: Any) -> Entry:
    """Return the entry with the values that the user may see. It is never stored."""
    if narrowing := _narrowings.get(entry.verb):
        entry.before, entry.after = narrowing(entry.before, user), narrowing(entry.after, user)
    return entry
