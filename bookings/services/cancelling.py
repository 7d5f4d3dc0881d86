"""Giving seats back: an order, a part of it, one booking, or all orders of a show."""

from decimal import Decimal

from django.db.models import F, Value
from django.utils import timezone

from bookings import errors
from bookings.errors import AlreadyCancelled, CancelTooLate, HalfAPair, SeatUnknown
from bookings.metrics import count_seats
from bookings.models import Booking, Order
from bookings.rules import refunds
from bookings.selection import partners_in, single_seats_left, stock_of
from bookings.services.holds import expire_holds
from bookings.services.rows import cancel_lines, check_alive, lock_order
from core.db.transactions import atomic_with_retry
from core.errors import raises
from core.request_id import current_request_id
from movies.models import Screen, Show
from movies.pricing import pricing_of
from movies.services import record_cancellation

ORDERS_IN_A_BATCH = 100


@raises(
    errors.AlreadyCancelled,
    errors.SeatUnknown,
    errors.HalfAPair,
    errors.CancelTooLate,
    errors.HoldExpired,
    errors.SingleSeatLeft,
)
def cancel_order(*, order, by, seat_numbers=None, reason="", is_full_refund=False):
    """Give back the seats of the order, or those that are named, all of them or none.

    Each cancelled booking records who, when, why, and what comes back: what the refund rule of
    the cinema says, or all of its price. Raises AlreadyCancelled, SeatUnknown or HalfAPair naming
    the seats, HoldExpired or CancelTooLate. Locks the show.
    """
    return _cancel(
        order=order,
        lines_of=lambda order: lines_to_cancel(order, seat_numbers),
        by=by,
        reason=reason,
        is_full_refund=is_full_refund,
    )


@raises(
    errors.AlreadyCancelled,
    errors.SeatUnknown,
    errors.HalfAPair,
    errors.CancelTooLate,
    errors.HoldExpired,
)
def cancel_booking(*, booking, by, reason="", is_full_refund=False):
    """Give one seat of an order back. Raises what `cancel_order` raises. Locks the show."""
    order = _cancel(
        order=booking.order,
        lines_of=lambda order: _line_to_cancel(order, booking.pk),
        by=by,
        reason=reason,
        is_full_refund=is_full_refund,
    )
    [line] = [line for line in order.lines if line.pk == booking.pk]
    line.show = order.show  # with its movie
    return line


@atomic_with_retry
def _cancel(*, order, lines_of, by, reason, is_full_refund):
    order = lock_order(order)
    lines = lines_of(order)
    if order.status == Order.Status.HELD:
        _check_kept_seats(order, lines)
    amounts = refunds_of(order, lines, None if is_full_refund else refund_percent(order))
    cancel_lines(lines, amounts, by=by, reason=reason, now=timezone.now())
    order.total = sum((line.price for line in order.lines_taking_seats), Decimal(0))
    if not order.lines_taking_seats:
        order.status = Order.Status.CANCELLED
    order.save(update_fields=["total", "status"])
    count_seats("cancelled", len(lines))
    return order


def lines_to_cancel(order, seat_numbers=None):
    """The bookings of the order that can be given back now; raises what `cancel_order` raises."""
    check_alive(order)
    if order.show.has_started:
        raise CancelTooLate
    lines = order.lines_taking_seats
    if seat_numbers is None:
        return lines
    former = {line.seat_number for line in order.lines}
    if unknown := [number for number in seat_numbers if number not in former]:
        raise SeatUnknown.naming(unknown, "This order has no seat {seats}.")
    by_number = {line.seat_number: line for line in lines}
    if cancelled := [number for number in seat_numbers if number not in by_number]:
        raise AlreadyCancelled.naming(cancelled)
    _check_pairs_stay_whole(order, kept=by_number.keys() - set(seat_numbers), lost=seat_numbers)
    return [by_number[number] for number in seat_numbers]


def _line_to_cancel(order, pk):
    line = next(line for line in order.lines if line.pk == pk)
    if line.status == Booking.Status.CANCELLED:
        raise AlreadyCancelled.naming([line.seat_number])
    return lines_to_cancel(order, [line.seat_number])


def _check_kept_seats(order, lines):
    """A hold given back in part is a choice of seats, and may leave none single either."""
    kept = [line.seat_number for line in order.lines_taking_seats if line not in lines]
    if kept and order.show.screen.single_seats == Screen.SingleSeats.REJECT:
        taken = stock_of(order.show_id, moving=order).taken
        single_seats_left(order.show, kept, taken, pricing_of(order.show))


def _check_pairs_stay_whole(order, *, kept, lost):
    """Couple seats are given back as they were sold: together."""
    partner_of = partners_in(order.show, pricing_of(order.show)) if kept else {}
    halves = [number for number in lost if partner_of.get(number) in kept]
    if halves:
        raise HalfAPair.naming(halves)


def refund_percent(order, now=None):
    """How much of its price a seat of the order brings back now, by the rule of the cinema.

    Nothing was paid for a hold. All comes back, whatever the rule, once the show was cancelled:
    the order's turn is still to come.
    """
    if order.status == Order.Status.HELD:
        return 0
    if order.show.is_cancelled:
        return 100
    tiers = order.show.screen.cinema.refund_tiers.all()
    return refunds.percent_at(tiers, order.show.starts_at, now or timezone.now())


def refunds_of(order, lines, percent):
    """What each of these bookings brings back; without a percentage, all that was paid for it."""
    if order.status == Order.Status.HELD:
        return [Decimal(0)] * len(lines)
    if percent is None or order.show.is_cancelled:
        return [line.price for line in lines]
    return [refunds.refund_of(line.price, percent, line.refund_limit) for line in lines]


def cancel_show(*, show, by, reason=""):
    """Take a show off, and cancel all of its orders with their full price to come back.

    In batches, each of which is whole: what a stop leaves undone, the next call does. A show that
    is cancelled already keeps who cancelled it, when and why.
    """
    show = record_cancellation(show=show, by=by, reason=reason)
    cancel_orders_of(show)
    return show


def cancel_orders_of(show):
    """Cancel what is left of the orders of a cancelled show."""
    while _cancel_some_orders(show_id=show.pk):
        pass


@atomic_with_retry
def _cancel_some_orders(*, show_id):
    """Whether there was something to do. Locks the show."""
    show = Show.objects.locked().get(pk=show_id)
    alive = Order.objects.filter(show=show, status__in=[Order.Status.HELD, Order.Status.BOOKED])
    found = list(alive.order_by("pk").values_list("pk", flat=True)[:ORDERS_IN_A_BATCH])
    orders = Order.objects.filter(pk__in=found)
    expire_holds(orders.with_status(Order.Status.EXPIRED))
    lines = Booking.objects.filter(order__in=found)
    reason = ": ".join(filter(None, ["The show was cancelled", show.cancel_reason]))
    for status, amount in [
        (Booking.Status.HELD, Value(Decimal(0))),
        (Booking.Status.BOOKED, F("price")),
    ]:
        cancelled = lines.filter(status=status).update(
            status=Booking.Status.CANCELLED,
            refund=amount,
            cancelled_at=timezone.now(),
            cancelled_by=show.cancelled_by_id,
            cancel_reason=reason[:200],
            end_request_id=current_request_id(),
        )
        count_seats("cancelled", cancelled)
    orders.exclude(status=Order.Status.EXPIRED).update(status=Order.Status.CANCELLED, total=0)
    return bool(found)
