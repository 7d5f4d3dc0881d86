"""The one door from movies to the app that sells the seats of a show.

movies is below that app and must not import it. It declares here what it needs to know about the
seats of a show; the app registers the answers when it is ready.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, Value
from django.db.models.expressions import Combinable


class LiveOrders(NamedTuple):
    """How many orders of a show are held and booked now. Lapsed holds do not count."""

    held: int
    booked: int

    @property
    def total(self) -> int:
        return self.held + self.booked

    def __str__(self) -> str:
        """Return such as "3 booked orders and 1 held order"."""
        counts = {"booked": self.booked, "held": self.held}
        parts = [
            f"{count} {status} order{'' if count == 1 else 's'}"
            for status, count in counts.items()
            if count
        ]
        return " and ".join(parts) or "no orders"


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """The questions that movies asks about the seats of a show.

    The two expressions count seats in a queryset of shows, as of now: build a new one for each
    query. A show is given by its primary key. `seats_url` is the staff's page of its seats, or
    empty.
    """

    available_seats: Callable[[], Combinable]
    sold_seats: Callable[[], Combinable]
    taken_seat_numbers: Callable[[int], Collection[str]]
    live_orders: Callable[[int], LiveOrders]
    seats_url: Callable[[int], str]


ALL_FREE = Occupancy(
    available_seats=lambda: F("total_seats"),
    sold_seats=lambda: Value(0),
    taken_seat_numbers=lambda show_id: (),
    live_orders=lambda show_id: LiveOrders(0, 0),
    seats_url=lambda show_id: "",
)

_registered = ALL_FREE


def register(occupancy: Occupancy) -> None:
    """Let this occupancy answer from now on, in place of the one before."""
    global _registered
    _registered = occupancy


def current() -> Occupancy:
    """Return the registered occupancy; without one, all seats are free."""
    return _registered
