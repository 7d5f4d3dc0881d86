"""Previews of a cancellation: the refund now and later. Reads only."""

from collections.abc import Sequence

from django.utils import timezone

from bookings.hall import hall_of
from bookings.models import Order
from bookings.refunds import full_refund_until, refund_now, refunds_of
from bookings.results import CancellationPreview, OrderState
from bookings.rules import refunds
from bookings.rules.orders import ensure_can_cancel
from bookings.services.cancelling import CANCELLING
from core.errors import InvalidInput, raises


@raises(InvalidInput, *CANCELLING)
def preview_cancelling(
    *, order: Order, seat_numbers: Sequence[str] | None = None, is_full_refund: bool = False
) -> CancellationPreview:
    """Return what cancelling the order, or these seats of it, would refund.

    With `is_full_refund` the whole price, also after the start: only staff do that. The order must
    be loaded `with_bookings()`.
    """
    now = timezone.now()
    bookings = ensure_can_cancel(
        OrderState.of(order), hall_of(order.show), seat_numbers, may_have_started=is_full_refund
    )
    if is_full_refund:
        whole = refunds_of(order, bookings, None)
        return CancellationPreview(order, bookings, 100, whole, None, None, None)
    tiers = order.show.screen.cinema.refund_tiers.all()
    percent, refunds_at_once = refund_now(order, bookings, tiers, now)
    stays = order.show.is_cancelled or not percent
    until = full_refund_until(order, bookings)
    change = None if stays else refunds.next_change(tiers, order.show.starts_at, now, until)
    changes_at, then = change or (None, None)
    return CancellationPreview(
        order,
        bookings,
        percent,
        refunds_at_once,
        changes_at,
        then,
        None if then is None else refunds_of(order, bookings, then),
    )
