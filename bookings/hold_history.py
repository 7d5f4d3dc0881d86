"""How long a customer has lately held seats of a show without keeping them."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from bookings.models import Booking
from bookings.rules import hold_time
from core.db.statements import Statement

NOT_KEPT = Statement(
    lambda show, customer, since: (
        Booking.objects.filter(
            Q(booked_at=None, expires_at__gt=since) | Q(booked_at__gt=since, status="cancelled"),
            show=show,
            order__customer=customer,
        )
        .order_by()
        .values_list("seat_number", "created_at", "booked_at", "cancelled_at", "expires_at")
    )
)


def recent_hold_times(*, customer: int, show: int) -> dict[str, timedelta]:
    """Return {seat number: how long the customer has held it and not kept it}. One query.

    A hold that was confirmed and then cancelled counts up to the confirmation: otherwise cancelling
    would reset the count.
    """
    now = timezone.now()
    since = now - hold_time.look_back()
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for number, began_at, *ends in NOT_KEPT(show=show, customer=customer, since=since):
        spans.setdefault(number, []).append((began_at, next(filter(None, ends))))
    return {number: hold_time.time_held(each, now) for number, each in spans.items()}
