"""Keeping seats of a show off sale, and putting them back."""

from collections.abc import Sequence

from accounts.models import User
from audit.records import record
from bookings.errors import HalfAPair, SeatsNotBlocked, SeatTaken, SeatUnknown
from bookings.hall import hall_of
from bookings.models import Booking
from bookings.occupancy import read_occupancy
from bookings.rules.sale import (
    ensure_free,
    ensure_pairs_stay_whole,
    ensure_seats_exist,
    ensure_whole_pairs,
)
from bookings.transitions import block, expire_lapsed, unblock
from core.db.transactions import atomic_with_retry
from core.errors import raises
from movies.locks import lock_show
from movies.models import Show


@raises(SeatUnknown, HalfAPair, SeatTaken)
@atomic_with_retry
def block_seats(*, show: Show, seat_numbers: Sequence[str], by: User, reason: str) -> None:
    """Keep seats of a show off sale, all or none. Locks the show."""
    show = lock_show(show.pk)
    hall = hall_of(show)
    ensure_seats_exist(hall.seats, seat_numbers)
    ensure_whole_pairs(seat_numbers, hall.partners_near(seat_numbers), hall.seats)
    occupancy = read_occupancy(show.pk, seat_numbers=seat_numbers)
    ensure_free(seat_numbers, occupancy.taken, hall.seats)
    expire_lapsed(occupancy.lapsed, seat_numbers)
    block(show, seat_numbers, by=by, reason=reason)
    record("block_seats", show, after={"seats": list(seat_numbers), "reason": reason})


@raises(SeatsNotBlocked, HalfAPair)
@atomic_with_retry
def unblock_seats(*, show: Show, seat_numbers: Sequence[str], by: User, reason: str = "") -> None:
    """Put blocked seats back on sale, all or none. Locks the show."""
    show = lock_show(show.pk)
    blocked = show.bookings.filter(status=Booking.Status.BLOCKED)
    numbers = set(blocked.values_list("seat_number", flat=True))
    if missing := [number for number in seat_numbers if number not in numbers]:
        raise SeatsNotBlocked(missing, hall=show.seats_by_number)
    hall, kept = hall_of(show), numbers.difference(seat_numbers)
    ensure_pairs_stay_whole(seat_numbers, kept, hall.partner_of, hall.seats)
    unblock(blocked.filter(seat_number__in=seat_numbers), by=by, reason=reason)
    record("unblock_seats", show, before={"seats": list(seat_numbers)}, after={"reason": reason})
