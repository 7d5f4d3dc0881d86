"""What a customer holds now, and how long seats of a show were lately held without keeping them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from bookings.models import Booking
from bookings.rules import hold_time
from core.db.statements import Query, Statement
from core.db.transactions import advisory_lock

# No hold is longer than its longest time, so older rows than `created_after` ended before `since`.
NOT_KEPT = Statement(
    lambda show, customer, since, created_after: (
        Booking.objects.filter(
            Q(booked_at=None, expires_at__gt=since) | Q(booked_at__gt=since, status="cancelled"),
            show=show,
            customer=customer,
            created_at__gt=created_after,
        )
        .order_by()
        .values_list("seat_number", "created_at", "booked_at", "cancelled_at", "expires_at")
    )
)


HELD = Statement(
    lambda customer, now: (
        Booking.objects.filter(customer=customer, status="held", expires_at__gt=now)
        .order_by()
        .values_list("order", flat=True)
    )
)


def held_now(*, customer: int) -> list[Query]:
    """Return queries for the order of each seat that the customer holds, over all shows.

    The first one takes a lock of the customer, so two holds at once see each other.
    """
    return [
        advisory_lock(f"holds of {customer}"),
        HELD.with_values(customer=customer, now=timezone.now()),
    ]


def recent_hold_times(*, customer: int, show: int) -> Query:
    """Return a query for {seat number: how long the customer has held it and not kept it}.

    A hold that was confirmed and then cancelled counts up to the confirmation: otherwise cancelling
    would reset the count.
    """
    now = timezone.now()
    since = now - hold_time.look_back()
    created_after = since - hold_time.longest_hold()
    rows = NOT_KEPT.with_values(
        show=show, customer=customer, since=since, created_after=created_after
    )
    return rows.then(_times_held)


def _times_held(rows: list[Any]) -> dict[str, timedelta]:
    now = timezone.now()
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for number, began_at, *ends in rows:
        spans.setdefault(number, []).append((began_at, next(filter(None, ends))))
    return {number: hold_time.time_held(each, now) for number, each in spans.items()}
