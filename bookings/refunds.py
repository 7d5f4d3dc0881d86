"""The refund of an order now, by the refund rule of its cinema."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bookings.models import Booking, Order
from bookings.rules import refunds


def refund_percent(order: Order, now: datetime) -> int:
    """Return the percentage of its price that is refunded for a seat of the order. One query.

    0 for a hold, which is not paid. 100 once the show is cancelled, because the order is
    about to be cancelled with it.
    """
    if order.status == Order.Status.HELD:
        return 0
    if order.show.is_cancelled:
        return 100
    tiers = order.show.screen.cinema.refund_tiers.all()
    return refunds.percent_at(tiers, order.show.starts_at, now)


def refunds_of(order: Order, bookings: Sequence[Booking], percent: int | None) -> list[Decimal]:
    """Return the refund of each booking; its whole price if percent is None."""
    if order.status == Order.Status.HELD:
        return [Decimal(0)] * len(bookings)
    if percent is None or order.show.is_cancelled:
        return [booking.price for booking in bookings]
    return [refunds.refund_of(each.price, percent, each.refund_limit) for each in bookings]
