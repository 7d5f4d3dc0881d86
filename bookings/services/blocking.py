"""Keeping seats of a show off sale, and putting them back."""

from django.utils import timezone

from bookings import errors
from bookings.errors import HalfAPair, SeatsNotBlocked
from bookings.models import Booking
from bookings.selection import (
    check_none_taken,
    check_seats_exist,
    check_whole_pairs,
    partners_in,
    stock_of,
)
from bookings.services.holds import take_over_lapsed_holds
from core.db.transactions import atomic_with_retry
from core.errors import raises
from core.request_id import current_request_id
from movies.locks import lock_show
from movies.pricing import pricing_of


@raises(errors.SeatUnknown, errors.HalfAPair, errors.SeatTaken)
@atomic_with_retry
def block_seats(*, show, seat_numbers, by, reason):
    """Keep seats of a show off sale, all of them or none.

    Raises SeatUnknown, HalfAPair or SeatTaken, naming every seat that failed. Locks the show.
    """
    show = lock_show(show.pk)
    check_seats_exist(show, seat_numbers)
    check_whole_pairs(seat_numbers, partners_in(show, pricing_of(show)))
    stock = stock_of(show.pk, seat_numbers=seat_numbers)
    check_none_taken(seat_numbers, stock.taken)
    take_over_lapsed_holds(stock, seat_numbers)
    Booking.objects.bulk_create(
        Booking(
            show=show,
            seat_number=number,
            status=Booking.Status.BLOCKED,
            price=0,
            currency=show.screen.cinema.currency,
            blocked_by=by,
            block_reason=reason,
        )
        for number in seat_numbers
    )


@raises(errors.SeatsNotBlocked, errors.HalfAPair)
@atomic_with_retry
def unblock_seats(*, show, seat_numbers, by, reason=""):
    """Put blocked seats back on sale, all of them or none.

    Raises SeatsNotBlocked or HalfAPair, naming every seat that failed. Locks the show.
    """
    show = lock_show(show.pk)
    blocked = show.bookings.filter(status=Booking.Status.BLOCKED)
    there = set(blocked.values_list("seat_number", flat=True))
    if missing := [number for number in seat_numbers if number not in there]:
        raise SeatsNotBlocked.naming(missing)
    partner_of = partners_in(show, pricing_of(show))
    left = there.difference(seat_numbers)
    if halves := [number for number in seat_numbers if partner_of.get(number) in left]:
        raise HalfAPair.naming(halves)
    blocked.filter(seat_number__in=seat_numbers).update(
        status=Booking.Status.CANCELLED,
        cancelled_at=timezone.now(),
        cancelled_by=by,
        cancel_reason=reason,
        end_request_id=current_request_id(),
    )
