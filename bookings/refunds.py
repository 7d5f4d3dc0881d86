"""What cancelling an order brings back now, by the refund rule of its cinema."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bookings.models import Booking, Order
from bookings.rules import refunds


def refund_percent(order: Order, now: datetime) -> int:
    """Return the percentage of its price that a seat of the order brings back. One query.

    0 for a hold, which is not paid. 100 once the show is cancelled, whatever the rule: the order is
    about to be cancelled with it.
    """
    if order.status == Order.Status.HELD:
        return 0
    if order.show.is_cancelled:
        return 100
    tiers = order.show.screen.cinema.refund_tiers.all()
    return refunds.percent_at(tiers, order.show.starts_at, now)


def refunds_of(order: Order, bookings: Sequence[Booking], percent: int | None) -> list[Decimal]:
    """Return what each booking brings back; with percent None, all that was paid for it."""
    if order.status == Order.Status.HELD:
        return [Decimal(0)] * len(bookings)
    if percent is None or order.show.is_cancelled:
        return [booking.price for booking in bookings]
    return [
        refunds.refund_of(each.price, percent, each.refund_limit, currency=each.currency)
        for each in bookings
    ]
