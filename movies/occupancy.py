"""The one door from movies to the app that sells the seats of a show.

movies is below that app and must not import it. It declares here what it needs to know about the
seats of a show; the app registers the answers when it is ready.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.expressions import Combinable


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
    seats_url: Callable[[int], str]


ALL_FREE = Occupancy(
    available_seats=lambda: F("total_seats"),
    sold_seats=lambda: Value(0),
    taken_seat_numbers=lambda show_id: (),
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
