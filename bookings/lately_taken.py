"""Seats that this process knows to have been taken a moment ago.

Only a hint: a request for one of them reads the seats before it asks for the lock. It neither sells
nor rejects anything.
"""

from collections.abc import Iterable

from core.cache import cached


def remember_taken(show: int, seat_numbers: Iterable[str]) -> None:
    """Keep these seats in mind for MEMORY_SECONDS."""
    _remembered(show).update(seat_numbers)


def may_be_taken(show: int, seat_numbers: Iterable[str]) -> bool:
    """Return whether one of the seats was taken a moment ago. No query."""
    return not _remembered(show).isdisjoint(seat_numbers)


@cached(max_entries=1000)
def _remembered(show: int) -> set[str]:
    """Return the set of a show; it is empty again after MEMORY_SECONDS."""
    return set()
