"""Confirming and extending holds."""

from django.utils import timezone

from bookings.errors import (
    AlreadyCancelled,
    HoldExpired,
    NotHeld,
    PaidAlready,
    PaymentRequired,
    PaymentUsed,
    ShowStarted,
)
from bookings.models import Order
from bookings.results import OrderState
from bookings.rules import hold_time
from bookings.rules.orders import (
    ensure_can_confirm,
    ensure_can_extend,
    ensure_paid,
    ensure_same_payment,
)
from bookings.services.locking import lock_order
from bookings.transitions import book_held, change_bookings, extend
from core.db.transactions import atomic_with_retry
from core.errors import raises
from movies.errors import ShowCancelled


@raises(
    PaidAlready,
    PaymentUsed,
    PaymentRequired,
    HoldExpired,
    AlreadyCancelled,
    ShowStarted,
    ShowCancelled,
)
@atomic_with_retry
def confirm_order(*, order: Order, payment_reference: str = "") -> OrderState:
    """Book everything that the order holds. Locks the show.

    An order that is already booked stays as it is; a payment reference may still be added once. A
    payment is for one order.
    """
    state = lock_order(order, payment_reference=payment_reference)
    if state.order.status == Order.Status.BOOKED:
        ensure_same_payment(state, payment_reference)
        if payment_reference and not state.payment_reference:
            state.ensure_payment_unused()
            change_bookings(state.active, payment_reference=payment_reference)
        return state
    ensure_can_confirm(state.order)
    ensure_paid(state)
    state.ensure_payment_unused()
    book_held(state, payment_reference=payment_reference, now=timezone.now())
    return state


@raises(HoldExpired, NotHeld, AlreadyCancelled, ShowStarted, ShowCancelled)
@atomic_with_retry
def extend_hold(*, order: Order) -> OrderState:
    """Hold the seats for HOLD_SECONDS from now. Locks the show.

    Not beyond `extendable_until`, nor beyond the end of sales; a hold never gets shorter.
    """
    state = lock_order(order)
    order = state.order
    ensure_can_extend(order)
    expires_at, extendable_until = order.hold
    latest = min(extendable_until, order.show.on_sale_until)
    end = hold_time.end_of_hold(timezone.now(), latest)
    if end > expires_at:
        extend(state, expires_at=end)
    return state
