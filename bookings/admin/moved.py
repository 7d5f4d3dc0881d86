"""What staff of some cinemas see of a booking that was moved to another cinema."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from bookings.models import Booking
from movies.staff_cinemas import cinemas_of

ELSEWHERE = "Moved to another cinema"


def note_moves_elsewhere(bookings: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Annotate `is_moved_elsewhere` for staff of some cinemas.

    What a move put in the place of a booking is younger and of the same order; it was written at
    the same moment, or in version 0.1.0 by the same request.
    """
    own = cinemas_of(request.user)
    if own is None:
        return bookings
    same_request = ~Q(request_id="") & Q(request_id=OuterRef("end_request_id"))
    new = Booking.objects.filter(
        Q(created_at=OuterRef("cancelled_at")) | same_request,
        order=OuterRef("order"),
        created_at__gt=OuterRef("created_at"),
    )
    elsewhere = new.exclude(show__screen__cinema__in=own).order_by()
    return bookings.annotate(is_moved_elsewhere=Exists(elsewhere))


class ReasonColumn:
    """Mixin with the reason of a cancellation, which names the new show of a move."""

    @admin.display(description="cancel reason", ordering="cancel_reason")
    def reason(self, booking: Booking) -> str:
        if getattr(booking, "is_moved_elsewhere", False):
            return ELSEWHERE
        return booking.cancel_reason or "-"
