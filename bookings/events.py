"""The events of orders. `bookings.transitions` records one with each change of a status.

A body has the order as it is after the change, and what a mail or another program needs to know of
the change itself. `cause` says who caused it: the customer, staff, the clock, or a cancelled show.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from bookings.models import Booking, Order
from bookings.results import Bill
from core.money import shown
from outbox.events import NewEvent

CUSTOMER, STAFF, CLOCK, SHOW_CANCELLED = "customer", "staff", "clock", "show_cancelled"


def subject_of(code: str) -> str:
    return f"order:{code}"


def placed(order: Order, bookings: Iterable[Booking]) -> NewEvent:
    """order.held, with the end of the hold, or order.booked."""
    if order.status == Order.Status.HELD:
        return _event("held", order, bookings, expires_at=order.expires_at)
    return _event("booked", order, bookings)


def booked(order: Order, bookings: Iterable[Booking]) -> NewEvent:
    """order.booked of a hold that was confirmed."""
    return _event("booked", order, bookings, was_held=True)


def moved(
    order: Order, bookings: Iterable[Booking], old: Sequence[Booking], bill: Bill, *, cause: str
) -> NewEvent:
    """order.moved, with the show and the seats before, and what they bring back."""
    before = {"show": old[0].show_id, "seats": _cancelled(old)}
    currency = order.currency
    return _event(
        "moved",
        order,
        bookings,
        before=before,
        difference=shown(bill.difference, currency),
        refund=shown(bill.refund, currency),
        cause=cause,
    )


def cancelled(
    order: Order, left: Iterable[Booking], cancelled: Sequence[Booking], *, cause: str
) -> NewEvent:
    """order.cancelled, of the whole order or of some of its seats, with each refund.

    `status` tells the two apart: it is cancelled only with the last seat.
    """
    refund = sum((each.refund or Decimal(0) for each in cancelled), Decimal(0))
    seats, refund_of_all = _cancelled(cancelled), shown(refund, order.currency)
    return _event("cancelled", order, left, cancelled=seats, refund=refund_of_all, cause=cause)


def expired(order: Order, bookings: Iterable[Booking]) -> NewEvent:
    """order.expired, with the seats that were held."""
    seats = [booking.seat_number for booking in bookings]
    return _event("expired", order, (), held=seats, cause=CLOCK)


def _event(what: str, order: Order, bookings: Iterable[Booking], **change: Any) -> NewEvent:
    body = {
        "code": order.code,
        "show": order.show_id,
        "status": order.status,
        "seats": [booking.seat_number for booking in bookings],
        "total": shown(order.total, order.currency),
        "currency": order.currency,
        **change,
    }
    return NewEvent(f"order.{what}", subject_of(order.code), body)


def _cancelled(bookings: Iterable[Booking]) -> list[dict[str, str]]:
    return [
        {
            "seat": booking.seat_number,
            "price": shown(booking.price, booking.currency),
            "refund": shown(booking.refund or Decimal(0), booking.currency),
        }
        for booking in bookings
    ]
