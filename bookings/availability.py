"""Which seats of a show are not available, as many browsers poll it."""

import hashlib
import json
from typing import NamedTuple

from django.db.models import FilteredRelation, Q
from django.utils import timezone
from django.utils.http import quote_etag

from bookings.models import Booking
from core.cache import cached
from core.errors import NotFound
from movies.models import Show


class Availability(NamedTuple):
    body: bytes  # JSON
    etag: str


@cached(max_entries=1000)
def availability_of(show_id):
    """The Availability of the show; raises NotFound. One query."""
    rows = list(
        Show.objects.filter(pk=show_id)
        .alias(
            taken=FilteredRelation(
                "bookings",
                condition=Q(bookings__status__in=Booking.ACTIVE)
                & (Q(bookings__expires_at=None) | Q(bookings__expires_at__gt=timezone.now())),
            )
        )
        .order_by("taken__id")
        .values_list("total_seats", "cancelled_at", "taken__seat_number", "taken__status")
    )
    if not rows:
        raise NotFound("There is no such show.")
    total_seats, cancelled_at, *_ = rows[0]
    seats = {"held": [], "booked": [], "blocked": []}
    for _, _, seat_number, status in rows:
        if seat_number is not None:
            seats[status].append(seat_number)
    taken = sum(map(len, seats.values()))
    body = json.dumps(
        {
            "show": show_id,
            "is_cancelled": cancelled_at is not None,
            "total_seats": total_seats,
            "available_seats": total_seats - taken,
            **seats,
        },
        separators=(",", ":"),
    ).encode()
    return Availability(body, quote_etag(hashlib.sha256(body).hexdigest()[:32]))
