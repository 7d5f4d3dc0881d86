"""The seats of a show that are not available, for many browsers that poll."""

from typing import Any

from bookings.lately_taken import remember_taken
from bookings.occupancy import read_with_show


def availability_of(show: int) -> dict[str, Any]:
    """Return the availability of the show; raises NotFound. One query."""
    found = read_with_show(show)
    remember_taken(show, found.occupancy.taken)
    is_on_sale, free = found.show.is_on_sale, found.show.total_seats - len(found.occupancy.taken)
    seats: dict[str, list[str]] = {"held": [], "booked": [], "blocked": []}
    for occupant in found.occupancy.taken.values():
        seats[occupant.status].append(occupant.seat_number)
    return {
        "show": show,
        "is_cancelled": found.show.is_cancelled,
        "on_sale": is_on_sale,
        "total_seats": found.show.total_seats,
        "available_seats": free if is_on_sale else 0,
        **seats,
    }
