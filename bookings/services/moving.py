"""Moving an order to other seats, or to another show of its movie."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from bookings.alternatives import alternatives_to
from bookings.errors import (
    AlreadyCancelled,
    CancelTooLate,
    HeldTooLong,
    HoldExpired,
    PaymentRequired,
    PaymentUsed,
    SeatTaken,
    SingleSeatLeft,
)
from bookings.hall import hall_of
from bookings.models import Order
from bookings.refunds import refund_now
from bookings.results import Bill, Move, OrderState, Selection
from bookings.rules import hold_time
from bookings.rules.orders import ensure_can_move, ensure_costs_no_more
from bookings.rules.refunds import bill_of_held_move, bill_of_move
from bookings.rules.sale import ensure_order_size, ensure_within_limit
from bookings.seat_request import SeatRequest
from bookings.selection import select_seats
from bookings.services.locking import LockedOrder, lock_for_move
from bookings.services.selling import SEATS
from bookings.transitions import expire_lapsed, move_to
from core.db.transactions import atomic_with_retry
from core.errors import raises
from movies.models import Show


@raises(
    *SEATS,
    HeldTooLong,
    AlreadyCancelled,
    CancelTooLate,
    HoldExpired,
    PaymentUsed,
    PaymentRequired,
)
def move_order(
    *,
    order: Order,
    request: SeatRequest,
    by: User,
    show: Show | None = None,
    payment_reference: str = "",
) -> Move:
    """Exchange the seats of an order for others: as many, or any number for a hold.

    Of its show, or of another show of the movie in the same currency. A hold keeps its time. Ticket
    types stay unless others are asked for. If the new seats cost less, the cancelled bookings
    record the refund by the refund rule. All of it happens, or nothing. Locks both shows.
    """
    try:
        return _move(order, show.pk if show else None, request, by, payment_reference)
    except (SeatTaken, SingleSeatLeft) as refusal:
        refusal.members["alternatives"] = alternatives_to(
            request.seat_numbers,
            show=show.pk if show else order.show_id,
            holder=order.customer_id if order.status == Order.Status.HELD else None,
            moving=order.pk,
        )
        raise


@atomic_with_retry
def _move(
    order: Order, show_id: int | None, request: SeatRequest, by: User, payment_reference: str
) -> Move:
    state, look = lock_for_move(
        order, request, show_id=show_id, payment_reference=payment_reference
    )
    show, occupancy, time_used, booking_keys, _ = look
    order, now = state.order, state.present
    ensure_can_move(state, show, request.size)
    ensure_within_limit(request.size, owned=occupancy.owned_by(order.customer_id))
    ensure_order_size(request.size)
    is_held = order.status == Order.Status.HELD
    selection = select_seats(
        hall_of(show),
        _with_ticket_types(request, show, state),
        occupancy.taken.keys(),
        avoid=hold_time.used_up(time_used) if is_held else (),
    )
    state.ensure_payment_unused()
    bill = _bill(state, selection)
    if not is_held and by.pk == order.customer_id:
        ensure_costs_no_more(state, bill.difference)
    if is_held:
        latest = hold_time.latest_end(now, time_used, selection.seat_numbers)
        expires_at, extendable_until = order.hold
        order.extendable_until = min(extendable_until, latest, show.on_sale_until)
        order.expires_at = min(expires_at, order.extendable_until)
    expire_lapsed(occupancy.lapsed, selection.seat_numbers)
    return move_to(
        state,
        show,
        selection,
        bill,
        booking_keys=booking_keys,
        by=by,
        payment_reference=payment_reference,
        now=now,
    )


def _with_ticket_types(request: SeatRequest, show: Show, state: OrderState) -> SeatRequest:
    """Return the request with the ticket types of the present seats, unless it names others."""
    bookings = state.active
    names_others = any(name is not None for name in request.ticket_types)
    if names_others or show.price_list_id is None or request.size != len(bookings):
        return request
    names = [each.ticket_type.name if each.ticket_type else None for each in bookings]
    return request._replace(ticket_types=tuple(names))


def _bill(state: LockedOrder, selection: Selection) -> Bill:
    order = state.order
    old_prices = [booking.price for booking in state.active]
    new_prices = [ticket.price for ticket in selection.tickets]
    if order.status == Order.Status.HELD:
        return bill_of_held_move(old_prices, new_prices)
    percent, refunds = refund_now(order, state.active, state.refund_tiers, timezone.now())
    return bill_of_move(
        old_prices=old_prices,
        refundable=sum(refunds, Decimal(0)),
        new_prices=new_prices,
        percent=percent,
        currency=order.currency,
    )
