"""Cancelling an order, some of its seats, or one booking."""

from collections.abc import Callable, Sequence

from accounts.models import User
from audit.records import is_on_record, record
from bookings.errors import (
    AlreadyCancelled,
    CancelTooLate,
    HalfAPair,
    HoldExpired,
    SeatUnknown,
    SingleSeatLeft,
)
from bookings.hall import Hall, hall_of
from bookings.models import Booking, Order
from bookings.occupancy import read_occupancy
from bookings.refunds import refund_now, refunds_of
from bookings.results import Cancellation, OrderState
from bookings.rules.orders import ensure_can_cancel
from bookings.rules.sale import ensure_no_single_seats
from bookings.services.locking import lock_order
from bookings.transitions import cancel_bookings
from core.db.transactions import atomic_with_retry
from core.errors import raises
from movies.models import Screen

CANCELLING = (AlreadyCancelled, SeatUnknown, HalfAPair, CancelTooLate, HoldExpired)


@raises(*CANCELLING, SingleSeatLeft)
def cancel_order(
    *,
    order: Order,
    by: User,
    seat_numbers: Sequence[str] | None = None,
    reason: str = "",
    is_full_refund: bool = False,
) -> Cancellation:
    """Cancel the order, or these seats of it, all or none. Locks the show.

    Each cancelled booking records the user, the time, the reason and the refund: by the refund rule
    of the cinema, or its whole price. A full refund, which only staff give, is possible after the
    start.
    """

    def choose(state: OrderState, hall: Hall) -> list[Booking]:
        return ensure_can_cancel(state, hall, seat_numbers, may_have_started=is_full_refund)

    return _cancel(order=order, choose=choose, by=by, reason=reason, is_full_refund=is_full_refund)


@raises(*CANCELLING, SingleSeatLeft)
def cancel_booking(
    *, booking: Booking, by: User, reason: str = "", is_full_refund: bool = False
) -> Booking:
    """Cancel one seat of an order, and return its booking. Locks the show."""

    def choose(state: OrderState, hall: Hall) -> list[Booking]:
        chosen = next(each for each in state.bookings if each.pk == booking.pk)
        if chosen.status == Booking.Status.CANCELLED:
            raise AlreadyCancelled([chosen.seat_number], hall=hall.seats)
        return ensure_can_cancel(state, hall, [chosen.seat_number], may_have_started=is_full_refund)

    if booking.order is None:
        raise ValueError("A blocked seat belongs to no order: unblock it.")
    cancellation = _cancel(
        order=booking.order, choose=choose, by=by, reason=reason, is_full_refund=is_full_refund
    )
    return cancellation.cancelled[0]


@atomic_with_retry
def _cancel(
    *,
    order: Order,
    choose: Callable[[OrderState, Hall], list[Booking]],
    by: User,
    reason: str,
    is_full_refund: bool,
) -> Cancellation:
    state = lock_order(order, with_refund=True)
    order, hall, now = state.order, hall_of(state.order.show), state.present
    bookings = choose(state, hall)
    if order.status == Order.Status.HELD:
        _ensure_rest_is_a_valid_choice(state, bookings, hall)
    if is_full_refund:
        refunds = refunds_of(order, bookings, None)
    else:
        _, refunds = refund_now(order, bookings, state.refund_tiers, now)
    status = order.status
    done = cancel_bookings(state, bookings, refunds, by=by, reason=reason, now=now)
    if by.pk != order.customer_id or is_on_record():
        record(
            "cancel_order",
            order,
            before={"status": status},
            after={
                "status": order.status,
                "seats": [booking.seat_number for booking in bookings],
                "refund": str(sum(refunds)),
                "is_full_refund": is_full_refund,
                "reason": reason,
            },
        )
    return done


def _ensure_rest_is_a_valid_choice(
    state: OrderState, released: Sequence[Booking], hall: Hall
) -> None:
    """Raise SingleSeatLeft if the seats that are still held would leave a seat single.

    Otherwise holding three seats and releasing the middle one would get around that rule.
    """
    kept = [booking.seat_number for booking in state.active if booking not in released]
    if kept and hall.single_seats == Screen.SingleSeats.REJECT:
        others = read_occupancy(state.order.show_id).without_order(state.order.pk)
        ensure_no_single_seats(hall, kept, others.taken.keys())
