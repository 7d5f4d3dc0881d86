"""Cancelling a show together with all of its orders."""

from accounts.models import User
from audit.records import record
from bookings.models import Order
from bookings.transitions import cancel_orders, expire_holds
from core.db.transactions import atomic_with_retry
from movies.models import Show
from movies.services import record_cancellation

BATCH = 100  # orders in one transaction


def cancel_show(*, show: Show, by: User, reason: str = "") -> Show:
    """Cancel a show and all of its orders, with a full refund.

    First the show, then its orders in batches, each a transaction. The next call completes an
    interrupted cancellation. A show that is already cancelled keeps its first user and reason.
    """
    show = record_cancellation(show=show, by=by, reason=reason)
    cancel_orders_of(show=show)
    return show


def cancel_orders_of(*, show: Show) -> None:
    """Cancel the remaining orders of a cancelled show."""
    while cancel_next_batch(show_id=show.pk):
        pass


@atomic_with_retry
def cancel_next_batch(*, show_id: int) -> bool:
    """Cancel up to BATCH orders; return whether there were any. Locks the show."""
    show = Show.objects.locked().get(pk=show_id)
    live = Order.objects.live().filter(show=show)
    found = list(live.order_by("pk").values_list("pk", flat=True)[:BATCH])
    orders = Order.objects.filter(pk__in=found)
    expire_holds(orders.with_status(Order.Status.EXPIRED))
    reason = ": ".join(filter(None, ["The show was cancelled", show.cancel_reason]))
    active = orders.exclude(status=Order.Status.EXPIRED).order_by("pk")
    codes = list(active.values_list("code", flat=True)) if found else []
    cancel_orders(orders, by=show.cancelled_by_id, reason=reason)
    if codes:
        record("cancel_orders", show, after={"orders": codes, "reason": reason})
    return bool(found)
