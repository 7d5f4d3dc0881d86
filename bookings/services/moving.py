"""Moving an order to other seats, or to another show of its movie."""

from decimal import Decimal

from django.utils import timezone

from bookings import errors
from bookings.alternatives import offering_alternatives, time_held_lately
from bookings.errors import CancelTooLate
from bookings.metrics import count_seats
from bookings.models import Order
from bookings.rules import hold_time, refunds
from bookings.selection import check_on_sale, select, stock_for
from bookings.services.cancelling import refund_percent, refunds_of
from bookings.services.holds import take_over_lapsed_holds
from bookings.services.rows import add_lines, cancel_lines, check_alive, check_limit, lock_order
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
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
    errors.AlreadyCancelled,
    errors.CancelTooLate,
    errors.HoldExpired,
)
def move_order(*, order, wanted, by, show=None, payment_reference=""):
    """Give an order other seats in exchange for its own: as many, or any number for a hold.

    Of its show, or of another of the same movie in the same currency. A hold keeps its time.
    Its ticket types stay unless others are wanted. Where the new seats cost less, the cancelled
    bookings record what comes back by the refund rule of the cinema; `order.bill` tells the
    difference. Either all of it happens or nothing.

    Raises what `hold_seats` raises, AlreadyCancelled, HoldExpired, CancelTooLate, or
    ValidationError where the show or the number of seats does not fit. Locks both shows.
    """
    holder = order.customer if order.status == Order.Status.HELD else None
    with offering_alternatives(
        show.pk if show else order.show_id, wanted, moving=order, holder=holder
    ):
        return _move(
            order=order, show=show, wanted=wanted, by=by, payment_reference=payment_reference
        )


@atomic_with_retry
def _move(*, order, show, wanted, by, payment_reference):
    order = lock_order(order, and_show=show)
    show = lock_show(show.pk) if show else order.show
    _check_can_move(order, show, wanted)
    old = order.lines_taking_seats
    stock = stock_for(show, wanted, customer=order.customer, moving=order)
    check_limit(stock, wanted)
    is_held = order.status == Order.Status.HELD
    time_used = time_held_lately(order.customer, show) if is_held else {}
    wanted = _with_ticket_types(wanted, show, old)
    selection = select(show, wanted, stock, avoid=hold_time.used_up(time_used))
    bill = _bill(order, old, selection)
    now = timezone.now()
    cancel_lines(old, bill.refunds, by=by, reason=f"Moved to {show}"[:200], now=now)
    take_over_lapsed_holds(stock, selection.seat_numbers)
    order.show = show
    order.total = selection.total
    if is_held:
        latest = hold_time.latest_end(now, time_used, selection.seat_numbers)
        order.extendable_until = min(order.extendable_until, latest, show.on_sale_until)
        order.expires_at = min(order.expires_at, order.extendable_until)
    order.save(update_fields=["show", "total", "extendable_until", "expires_at"])
    order.lines += add_lines(
        order,
        selection,
        now=now,
        payment_reference=payment_reference or old[0].payment_reference,
        refund_limits=bill.refund_limits,
    )
    order.selection, order.bill = selection, bill
    count_seats("moved", len(old))
    return order


def _check_can_move(order, show, wanted):
    check_alive(order)
    if order.show.has_started:
        raise CancelTooLate
    if show.movie_id != order.show.movie_id:
        raise InvalidInput.of("show", f"Only to a show of {order.show.movie.title}.")
    if show.screen.cinema.currency != order.currency:
        raise InvalidInput.of("show", f"Only to a show that is sold in {order.currency}.")
    check_on_sale(show)
    seats = len(order.lines_taking_seats)
    if order.status == Order.Status.BOOKED and wanted.size != seats:
        raise InvalidInput.of(None, f"The order has {seats} seats, so it moves to {seats} seats.")


def _with_ticket_types(wanted, show, lines):
    if any(wanted.ticket_types) or show.price_list_id is None or wanted.size != len(lines):
        return wanted
    names = [line.ticket_type and line.ticket_type.name for line in lines]
    return wanted._replace(ticket_types=tuple(names))


def _bill(order, lines, selection):
    """A hold was not paid for, so nothing comes back."""
    prices = [line.price for line in lines]
    new_prices = [ticket.price for ticket in selection.tickets]
    if order.status == Order.Status.HELD:
        return refunds.Bill(sum(new_prices) - sum(prices), [Decimal(0)] * len(lines), None)
    percent = refund_percent(order)
    return refunds.bill_of_move(
        old_prices=prices,
        refundable=sum(refunds_of(order, lines, percent)),
        new_prices=new_prices,
        percent=percent,
    )
