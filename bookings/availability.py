"""The seats of a show that are not available, for many browsers that poll."""

import hashlib
import json
from typing import NamedTuple

from django.utils.http import quote_etag

from bookings.occupancy import read_with_show
from core.cache import cached


class Availability(NamedTuple):
    """An answer of `availability/`: JSON, and its ETag."""

    body: bytes
    etag: str


@cached(max_entries=1000)
def availability_of(show: int) -> Availability:
    """Return the availability of the show; raises NotFound. One query."""
    found = read_with_show(show)
    is_on_sale, free = found.show.is_on_sale, found.show.total_seats - len(found.occupancy.taken)
    seats: dict[str, list[str]] = {"held": [], "booked": [], "blocked": []}
    for occupant in found.occupancy.taken.values():
        seats[occupant.status].append(occupant.seat_number)
    body = json.dumps(
        {
            "show": show,
            "is_cancelled": found.show.is_cancelled,
            "on_sale": is_on_sale,
            "total_seats": found.show.total_seats,
            "available_seats": free if is_on_sale else 0,
            **seats,
        },
        separators=(",", ":"),
    ).encode()
    return Availability(body, quote_etag(hashlib.sha256(body).hexdigest()[:32]))
