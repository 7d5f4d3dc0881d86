"""Whether an order can be confirmed, extended, cancelled or moved in its present state."""

from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings

from bookings.errors import (
    AlreadyCancelled,
    CancelTooLate,
    HoldExpired,
    NotHeld,
    PaidAlready,
    PaymentRequired,
    SeatUnknown,
    ShowStarted,
)
from bookings.hall import Hall
from bookings.models import Booking, Order
from bookings.results import OrderState
from bookings.rules.sale import ensure_on_sale, ensure_pairs_stay_whole
from core.errors import InvalidInput
from movies.errors import ShowCancelled
from movies.models import Show

REQUIRED = "required"  # the value of PAYMENTS
MOVE_AT_COUNTER = "Choose seats that cost no more, or move the order at the box office."


def ensure_active(order: Order) -> None:
    """Raise AlreadyCancelled or HoldExpired unless the order is held or booked."""
    if order.status == Order.Status.CANCELLED:
        raise AlreadyCancelled
    if order.status_now == Order.Status.EXPIRED:
        raise HoldExpired


def ensure_can_confirm(order: Order) -> None:
    """Raise ShowCancelled, AlreadyCancelled, HoldExpired or ShowStarted."""
    if order.show.is_cancelled:
        raise ShowCancelled
    ensure_active(order)
    if order.show.has_started:
        raise ShowStarted


def ensure_paid(state: OrderState) -> None:
    """Raise PaymentRequired if the cinema wants its money first and something is due."""
    due = state.balance.due
    if settings.PAYMENTS == REQUIRED and due:
        raise PaymentRequired(due, state.order.currency, order=state.order.code)


def ensure_costs_no_more(state: OrderState, difference: Decimal) -> None:
    """Raise PaymentRequired if the cinema wants its money first, and a customer's move costs more.

    Staff may move the order, and record the difference then.
    """
    if settings.PAYMENTS == REQUIRED and difference > 0:
        raise PaymentRequired(difference, state.order.currency, how=MOVE_AT_COUNTER)


def ensure_free_of_charge(total: Decimal, currency: str) -> None:
    """Raise PaymentRequired if the cinema wants its money first, and the seats cost something."""
    if settings.PAYMENTS == REQUIRED and total:
        raise PaymentRequired(total, currency)


def ensure_can_extend(order: Order) -> None:
    """Raise NotHeld for a booked order, or what `ensure_can_confirm` raises."""
    if order.status == Order.Status.BOOKED:
        raise NotHeld
    ensure_can_confirm(order)


def ensure_same_payment(state: OrderState, payment_reference: str) -> None:
    """Raise PaidAlready if a booked order was confirmed with another payment."""
    if payment_reference and state.payment_reference not in ("", payment_reference):
        raise PaidAlready


def ensure_can_cancel(
    state: OrderState,
    hall: Hall,
    seat_numbers: Sequence[str] | None = None,
    *,
    may_have_started: bool = False,
) -> list[Booking]:
    """Return the bookings to cancel: those of these seats, or all active ones.

    `may_have_started` is for staff, who refund in full when a show breaks off.

    Raise AlreadyCancelled, HoldExpired, CancelTooLate, SeatUnknown or HalfAPair.
    """
    ensure_active(state.order)
    if state.order.show.has_started and not may_have_started:
        raise CancelTooLate
    if seat_numbers is None:
        return state.active
    known = {booking.seat_number for booking in state.bookings}
    if unknown := [number for number in seat_numbers if number not in known]:
        raise SeatUnknown(unknown, "This order has no seat {seats}.", hall=hall.seats)
    active = {booking.seat_number: booking for booking in state.active}
    if cancelled := [number for number in seat_numbers if number not in active]:
        raise AlreadyCancelled(cancelled, hall=hall.seats)
    kept = active.keys() - set(seat_numbers)
    if kept:
        ensure_pairs_stay_whole(seat_numbers, kept, hall.partner_of, hall.seats)
    return [active[number] for number in seat_numbers]


def ensure_can_move(state: OrderState, show: Show, seats: int) -> None:
    """Raise unless the order may move to as many seats of the show.

    AlreadyCancelled, HoldExpired or CancelTooLate because of the order; InvalidInput because of
    another movie, currency or number of seats; what `ensure_on_sale` raises because of the show.
    """
    order = state.order
    ensure_active(order)
    if order.show.has_started:
        raise CancelTooLate
    if show.movie_id != order.show.movie_id:
        raise InvalidInput.of("show", f"Only to a show of {order.show.movie.title}.")
    if show.screen.cinema.currency != order.currency:
        raise InvalidInput.of("show", f"Only to a show that is sold in {order.currency}.")
    ensure_on_sale(show)
    booked = len(state.active)
    if order.status == Order.Status.BOOKED and seats != booked:
        raise InvalidInput.of(None, f"The order has {booked} seats, so it moves to {booked} seats.")
