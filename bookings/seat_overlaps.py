"""Bookings that took one seat of a show at overlapping times, now or in the past.

A booking takes its seat from `created_at` until it was cancelled, until its hold ended, or for
good. Compared in the database, whatever the statuses are now.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, F, Max, Q, QuerySet, RowRange, Value, When, Window
from django.db.models.functions import Coalesce

from bookings.models import Booking

FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)

# One server records a cancellation and another one the next sale: their clocks may differ.
CLOCK_DIFFERENCE = timedelta(seconds=1)

ACTIVE = Q(status__in=Booking.ACTIVE)


def bookings_that_overlap() -> Iterator[Booking]:
    """Yield the bookings that began before an earlier one of their seat had ended.

    Two active bookings are left out: the check of the unique constraint finds them. The attribute
    `earlier_end` is the latest end of the earlier bookings.
    """
    before: dict[str, Any] = {
        "partition_by": ["show", "seat_number"],
        "order_by": ["created_at", "id"],
        "frame": RowRange(start=None, end=-1),
    }
    earlier_end = Case(When(ACTIVE, then=F("latest_end_of_ended")), default="latest_end")
    found: Any = (
        _with_ends(Booking.objects.order_by())
        .annotate(end_of_ended=Case(When(~ACTIVE, then=F("ends_at"))))
        .annotate(
            latest_end=Window(Max("ends_at"), **before),
            latest_end_of_ended=Window(Max("end_of_ended"), **before),
        )
        .annotate(earlier_end=earlier_end)
        .filter(earlier_end__gt=F("created_at"), ends_at__gt=F("created_at"))
        .select_related("order")
    )
    for booking in found.iterator():
        if booking.earlier_end > booking.created_at + CLOCK_DIFFERENCE:
            yield booking


def taken_meanwhile(booking: Booking) -> QuerySet[Booking]:
    """Return the earlier bookings of its seat that had not ended when this one began."""
    of_seat = Booking.objects.filter(show=booking.show_id, seat_number=booking.seat_number)
    began_before = Q(created_at__lt=booking.created_at) | Q(
        created_at=booking.created_at, pk__lt=booking.pk
    )
    found: QuerySet[Booking] = (
        _with_ends(of_seat)
        .filter(began_before, ends_at__gt=booking.created_at + CLOCK_DIFFERENCE)
        .select_related("order")
        .order_by("created_at", "pk")
    )
    return found


def _with_ends(bookings: QuerySet[Booking]) -> Any:
    """Annotate `ends_at`: when the booking ceased to take its seat, or will."""
    return bookings.annotate(
        ends_at=Case(
            When(status=Booking.Status.CANCELLED, then=F("cancelled_at")),
            When(
                status__in=[Booking.Status.HELD, Booking.Status.EXPIRED],
                then=Coalesce("expires_at", "created_at"),
            ),
            default=Value(FOR_GOOD),
            output_field=DateTimeField(),
        )
    )
