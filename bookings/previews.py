"""Previews of a cancellation: the refund now and later. Reads only."""

from collections.abc import Sequence

from django.utils import timezone

from bookings.hall import hall_of
from bookings.models import Order
from bookings.refunds import refund_percent, refunds_of
from bookings.results import CancellationPreview, OrderState
from bookings.rules import refunds
from bookings.rules.orders import ensure_can_cancel
from bookings.services.cancelling import CANCELLING
from core.errors import InvalidInput, raises


@raises(InvalidInput, *CANCELLING)
def preview_cancelling(
    *, order: Order, seat_numbers: Sequence[str] | None = None
) -> CancellationPreview:
    """Return what cancelling the order, or these seats of it, would refund.

    The order must be loaded `with_bookings()`.
    """
    now = timezone.now()
    bookings = ensure_can_cancel(OrderState.of(order), hall_of(order.show), seat_numbers)
    percent = refund_percent(order, now)
    tiers = order.show.screen.cinema.refund_tiers.all()
    stays = order.show.is_cancelled or not percent
    change = None if stays else refunds.next_change(tiers, order.show.starts_at, now)
    changes_at, then = change or (None, None)
    return CancellationPreview(
        order,
        bookings,
        percent,
        refunds_of(order, bookings, percent),
        changes_at,
        then,
        None if then is None else refunds_of(order, bookings, then),
    )
