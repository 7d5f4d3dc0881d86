"""Holding and booking seats."""

import logging

from django.utils import timezone

from accounts.models import User
from bookings.alternatives import alternatives_to
from bookings.errors import (
    CategoryUnknown,
    HalfAPair,
    HeldTooLong,
    HoldLimit,
    PaymentRequired,
    PriceChanged,
    SalesClosed,
    SeatLimit,
    SeatTaken,
    SeatUnknown,
    ShowFull,
    ShowStarted,
    SingleSeatLeft,
)
from bookings.hall import hall_of
from bookings.lately_taken import may_be_taken, remember_taken
from bookings.models import Order
from bookings.occupancy import read_if_any_taken
from bookings.results import Sale
from bookings.rules import hold_time
from bookings.rules.orders import ensure_free_of_charge
from bookings.rules.sale import (
    ensure_free,
    ensure_may_hold,
    ensure_on_sale,
    ensure_order_size,
    ensure_seats_exist,
    ensure_within_limit,
)
from bookings.seat_request import SeatRequest
from bookings.selection import select_seats
from bookings.services.locking import lock_for_sale
from bookings.transitions import expire_lapsed, place_order
from core.db.transactions import atomic_with_retry, waits_at_begin
from core.errors import DomainError, raises
from movies.cached_shows import cached_show
from movies.errors import PriceMissing, ShowCancelled, TicketTypeUnknown
from movies.models import Show

logger = logging.getLogger(__name__)

ONE_SEAT = (
    ShowCancelled,
    ShowStarted,
    SalesClosed,
    SeatUnknown,
    TicketTypeUnknown,
    PriceMissing,
    HalfAPair,
    SingleSeatLeft,
    SeatTaken,
    SeatLimit,
    PriceChanged,
)
SEATS = (*ONE_SEAT, CategoryUnknown, ShowFull)


@raises(*SEATS, HeldTooLong, HoldLimit)
def hold_seats(*, customer: User, show_id: int, request: SeatRequest) -> Sale:
    """Hold the requested seats for HOLD_SECONDS, all or none. Locks the show.

    SeatTaken and SingleSeatLeft come with alternatives.
    """
    return _sell(customer, show_id, request, Order.Status.HELD)


@raises(*ONE_SEAT, PaymentRequired)
def book_seats(*, customer: User, show_id: int, request: SeatRequest) -> Sale:
    """Book the requested seats at once, all or none. Locks the show."""
    return _sell(customer, show_id, request, Order.Status.BOOKED)


def _sell(customer: User, show_id: int, request: SeatRequest, status: Order.Status) -> Sale:
    show = _precheck(show_id, request)
    seen = None
    try:
        if request.seat_numbers and (
            waits_at_begin() or may_be_taken(show_id, request.seat_numbers)
        ):
            seen = read_if_any_taken(show_id, request.seat_numbers)
            ensure_free(request.seat_numbers, seen.taken, show.seats_by_number)
            seen = None  # the occupancy may change before the lock is taken
        sale = take_seats(customer, show_id, request, status)
    except (SeatTaken, SingleSeatLeft) as refusal:
        remember_taken(show_id, request.seat_numbers)
        refusal.members["alternatives"] = alternatives_to(
            request.seat_numbers,
            show=show_id,
            holder=customer.pk if status == Order.Status.HELD else None,
            seen=seen,
        )
        raise
    except HoldLimit as refusal:
        held = refusal.members
        logger.warning(
            "Customer %d holds %d seats in %d orders, and asked for %d more.",
            *(customer.pk, held["seats"], held["orders"], held["asked"]),
        )
        raise
    remember_taken(show_id, sale.selection.seat_numbers)
    return sale


def _precheck(show_id: int, request: SeatRequest) -> Show:
    """Reject hopeless requests without a transaction; accepting is left to the lock's holder.

    Rejects by a show that is at most MEMORY_SECONDS old. Raises NotFound.
    """
    show = cached_show.latest(show_id)
    try:
        _ensure_hope(show, request)
    except DomainError:
        show = cached_show(show_id)
        _ensure_hope(show, request)
    return show


def _ensure_hope(show: Show, request: SeatRequest) -> None:
    ensure_order_size(request.size)
    ensure_on_sale(show)
    ensure_seats_exist(show.seats_by_number, request.seat_numbers)


@atomic_with_retry
def take_seats(customer: User, show_id: int, request: SeatRequest, status: Order.Status) -> Sale:
    """Choose and write under the lock of the show, without a precheck."""
    is_hold = status == Order.Status.HELD
    look, order_key = lock_for_sale(show_id, request, customer=customer.pk, is_hold=is_hold)
    show, occupancy, time_used, booking_keys, held = look
    ensure_on_sale(show)
    ensure_within_limit(request.size, owned=occupancy.owned_by(customer.pk))
    if is_hold:
        ensure_may_hold(request.size, held=held)
    now = timezone.now()  # after reading: a hold that had lapsed then has lapsed before the order
    selection = select_seats(
        hall_of(show), request, occupancy.taken.keys(), avoid=hold_time.used_up(time_used)
    )
    expires_at = extendable_until = None
    if is_hold:
        latest = hold_time.latest_end(now, time_used, selection.seat_numbers)
        extendable_until = min(latest, show.on_sale_until)
        expires_at = hold_time.end_of_hold(now, extendable_until)
    else:
        ensure_free_of_charge(selection.total, show.screen.cinema.currency)
    expire_lapsed(occupancy.lapsed, selection.seat_numbers)
    return place_order(
        customer=customer,
        show=show,
        selection=selection,
        status=status,
        order_key=order_key,
        booking_keys=booking_keys,
        now=now,
        expires_at=expires_at,
        extendable_until=extendable_until,
    )
