"""The refund of an order now, by the refund rule of its cinema."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from bookings.models import Booking, Order
from bookings.rules import refunds
from bookings.rules.refunds import RefundTier


def full_refund_until(order: Order, bookings: Iterable[Booking]) -> datetime | None:
    """Return until when these bookings are refunded in full because their show was rescheduled.

    None if they were made after that: then the customer has chosen the new time.
    """
    show = order.show
    if show.rescheduled_at is None or show.full_refund_until is None:
        return None
    is_older = all(booking.created_at <= show.rescheduled_at for booking in bookings)
    return show.full_refund_until if is_older else None


def refund_now(
    order: Order, bookings: Sequence[Booking], tiers: Collection[RefundTier], now: datetime
) -> tuple[int, list[Decimal]]:
    """Return (the percentage, the refund of each of these bookings now), by these refund tiers.

    0 for a hold, which is not paid. 100 once the show is cancelled, because the order is about to
    be cancelled with it.
    """
    if order.status == Order.Status.HELD:
        return 0, refunds_of(order, bookings, 0)
    if order.show.is_cancelled:
        return 100, refunds_of(order, bookings, None)
    until = full_refund_until(order, bookings)
    percent = refunds.percent_at(tiers, order.show.starts_at, now, until)
    is_full = until is not None and now <= until and now < order.show.starts_at
    return percent, refunds_of(order, bookings, None if is_full else percent)


def refunds_of(order: Order, bookings: Sequence[Booking], percent: int | None) -> list[Decimal]:
    """Return the refund of each booking; its whole price if percent is None."""
    if order.status == Order.Status.HELD:
        return [Decimal(0)] * len(bookings)
    if percent is None or order.show.is_cancelled:
        return [booking.price for booking in bookings]
    return [
        refunds.refund_of(each.price, percent, each.refund_limit, currency=each.currency)
        for each in bookings
    ]
