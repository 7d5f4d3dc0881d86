"""Which seats of a show are not available, as many browsers poll it: at most a second old."""

import hashlib
import json
import threading
import time
from typing import NamedTuple

from django.db.models import FilteredRelation, Q
from django.http import Http404
from django.utils import timezone
from django.utils.http import quote_etag

from bookings.models import Booking
from movies.models import Show

MAX_AGE = 1.0  # seconds
MAX_SHOWS = 1000  # kept in memory


class Availability(NamedTuple):
    read_at: float  # time.monotonic() before the database was asked
    body: bytes  # JSON
    etag: str


_latest = {}
_reading = threading.Lock()


def availability_of(show_id):
    """The latest Availability of the show; raises Http404.

    One query where the one in memory is too old, and one thread at a time to make it: whoever
    waits for that thread takes what it brought.
    """
    found = availability_in_memory(show_id)
    if found is None:
        with _reading:
            found = availability_in_memory(show_id)
            if found is None:
                if len(_latest) >= MAX_SHOWS:
                    _latest.clear()
                found = _latest[show_id] = _read(show_id)
    return found


def availability_in_memory(show_id):
    """The Availability of the show if it was read within MAX_AGE, else None."""
    found = _latest.get(show_id)
    is_fresh = found is not None and time.monotonic() - found.read_at < MAX_AGE
    return found if is_fresh else None


def _read(show_id):
    read_at = time.monotonic()
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
        raise Http404("There is no such show.")
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
    return Availability(read_at, body, quote_etag(hashlib.sha256(body).hexdigest()[:32]))
