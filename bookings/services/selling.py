"""Holding seats, booking them, confirming and extending holds."""

from django.utils import timezone

from bookings import errors
from bookings.alternatives import offering_alternatives, taken_if_one_of, time_held_lately
from bookings.errors import NotHeld, PaidAlready, ShowStarted
from bookings.metrics import count_seats
from bookings.models import Booking, Order
from bookings.rules import hold_time
from bookings.selection import (
    check_none_taken,
    check_on_sale,
    check_seats_exist,
    check_size,
    select,
    stock_for,
)
from bookings.services.holds import take_over_lapsed_holds
from bookings.services.rows import add_lines, change_lines, check_alive, check_limit, lock_order
from core.db.statements import insert
from core.db.transactions import atomic_with_retry
from core.errors import raises
from core.request_id import current_request_id
from movies.cached_shows import cached_show
from movies.errors import PriceMissing, ShowCancelled, TicketTypeUnknown
from movies.locks import lock_show


@raises(
    ShowCancelled,
    errors.ShowStarted,
    errors.SalesClosed,
    errors.SeatUnknown,
    TicketTypeUnknown,
    PriceMissing,
    errors.HalfAPair,
    errors.SingleSeatLeft,
    errors.SeatTaken,
    errors.SeatLimit,
    errors.CategoryUnknown,
    errors.ShowFull,
    errors.HeldTooLong,
)
def hold_seats(*, user, show_id, wanted):
    """Keep the wanted seats for the user for HOLD_SECONDS, all or none: an order, held.

    Raises what `check_on_sale` and `select` raise; HeldTooLong where the user has held a seat
    long enough; Http404. SeatTaken and SingleSeatLeft come with alternatives. Locks the show.
    """
    return _order_seats(user, show_id, wanted, Order.Status.HELD)


@raises(
    ShowCancelled,
    errors.ShowStarted,
    errors.SalesClosed,
    errors.SeatUnknown,
    TicketTypeUnknown,
    PriceMissing,
    errors.HalfAPair,
    errors.SingleSeatLeft,
    errors.SeatTaken,
    errors.SeatLimit,
)
def book_seats(*, user, show_id, wanted):
    """Book the wanted seats at once, all or none. Raises what `hold_seats` raises."""
    return _order_seats(user, show_id, wanted, Order.Status.BOOKED)


def _order_seats(user, show_id, wanted, status):
    check_size(wanted)
    holder = user if status == Order.Status.HELD else None
    _look(show_id, wanted, holder)
    with offering_alternatives(show_id, wanted, holder=holder):
        return _take_seats(user=user, show_id=show_id, wanted=wanted, status=status)


def _look(show_id, wanted, holder):
    """Refuses what plainly cannot be had, and waits for nobody; only under the lock is accepted.

    The show may be a moment old here, its seats are as of now.
    """
    show = cached_show(show_id)
    check_on_sale(show)
    if wanted.seat_numbers:
        check_seats_exist(show, wanted.seat_numbers)
        taken = taken_if_one_of(show_id, wanted.seat_numbers)
        with offering_alternatives(show_id, wanted, holder=holder, taken=taken):
            check_none_taken(wanted.seat_numbers, taken)


@atomic_with_retry
def _take_seats(*, user, show_id, wanted, status):
    show = lock_show(show_id)
    check_on_sale(show)
    stock = stock_for(show, wanted, customer=user)
    check_limit(stock, wanted)
    # Made after that look: what was over for it is over when the order begins.
    order = Order(customer=user, show=show, status=status, created_at=timezone.now())
    time_used = time_held_lately(user, show) if status == Order.Status.HELD else {}
    selection = select(show, wanted, stock, avoid=hold_time.used_up(time_used))
    if status == Order.Status.HELD:
        latest = hold_time.latest_end(order.created_at, time_used, selection.seat_numbers)
        order.extendable_until = min(latest, show.on_sale_until)
        order.expires_at = hold_time.end_of_hold(order.created_at, order.extendable_until)
    take_over_lapsed_holds(stock, selection.seat_numbers)
    order.total = selection.total
    order.currency = show.screen.cinema.currency
    insert([order])
    order.lines = add_lines(order, selection, now=order.created_at)
    order.selection = selection
    count_seats(status, len(order.lines))
    return order


@raises(
    errors.PaidAlready,
    errors.HoldExpired,
    errors.AlreadyCancelled,
    errors.ShowStarted,
    ShowCancelled,
)
@atomic_with_retry
def confirm_order(*, order, payment_reference=""):
    """Book what the order holds, all of it; an order that is booked already stays as it is.

    Raises HoldExpired, AlreadyCancelled, ShowCancelled or ShowStarted; PaidAlready where it was
    booked with another payment. Locks the show.
    """
    order = lock_order(order)
    if order.status == Order.Status.BOOKED:
        _check_paid_with(order, payment_reference)
        return order
    _check_held(order)
    lines = order.lines_taking_seats
    order.status = Order.Status.BOOKED
    order.expires_at = order.extendable_until = None
    order.save(update_fields=["status", "expires_at", "extendable_until"])
    change_lines(
        lines,
        status=Booking.Status.BOOKED,
        expires_at=None,
        booked_at=timezone.now(),
        booked_request_id=current_request_id(),
        payment_reference=payment_reference or lines[0].payment_reference,
    )
    count_seats("confirmed", len(lines))
    return order


def _check_paid_with(order, payment_reference):
    """An order is paid once; what it was paid with may be told later."""
    if payment_reference in ("", order.payment_reference):
        return
    if order.payment_reference:
        raise PaidAlready
    change_lines(order.lines_taking_seats, payment_reference=payment_reference)


@raises(
    errors.HoldExpired, errors.NotHeld, errors.AlreadyCancelled, errors.ShowStarted, ShowCancelled
)
@atomic_with_retry
def extend_hold(*, order):
    """Hold the seats for HOLD_SECONDS from now, not beyond `extendable_until` or the sale's end.

    Raises NotHeld, HoldExpired, AlreadyCancelled, ShowCancelled or ShowStarted. Locks the show.
    """
    order = lock_order(order)
    if order.status == Order.Status.BOOKED:
        raise NotHeld
    _check_held(order)
    latest = min(order.extendable_until, order.show.on_sale_until)
    end = hold_time.end_of_hold(timezone.now(), latest)
    if end > order.expires_at:
        order.expires_at = end
        order.save(update_fields=["expires_at"])
        change_lines(order.lines_taking_seats, expires_at=end)
    return order


def _check_held(order):
    if order.show.is_cancelled:
        raise ShowCancelled
    check_alive(order)
    if order.show.has_started:
        raise ShowStarted
