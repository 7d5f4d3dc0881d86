"""The one door from bookings to the app that takes money.

bookings is below that app and must not import it. It declares here how it reads what was paid for
orders; the app registers the answers when it is ready.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bookings.rules.balance import Received
from core.db.statements import NOTHING, Query


@dataclass(frozen=True, kw_only=True)
class Reads:
    """Queries that result in the Received of one order, and what loads them for many.

    `loaded` takes an order that was loaded with `prefetches`.
    """

    of_order: Callable[[int], Query]
    of_code: Callable[[str], Query]
    prefetches: Callable[[], Sequence[Any]]
    loaded: Callable[[Any], Sequence[Received]]


NONE = Reads(
    of_order=lambda pk: NOTHING,
    of_code=lambda code: NOTHING,
    prefetches=lambda: (),
    loaded=lambda order: (),
)

_registered = NONE


def register(reads: Reads) -> None:
    """Read by these from now on, in place of those before."""
    global _registered
    _registered = reads


def current() -> Reads:
    """Return the registered reads; without them, nothing was paid for any order."""
    return _registered
