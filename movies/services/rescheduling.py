"""Giving a show another time or screen, also while customers have orders for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
from core.request_id import current_request_id
from movies import occupancy
from movies.errors import (
    PriceMissing,
    SeatsSold,
    ShowCancelled,
    ShowOver,
    ShowSold,
    ShowsOverlap,
)
from movies.events import record_change
from movies.models import Screen, Show, ShowChange
from movies.occupancy import LiveOrders
from movies.rules.sold_shows import ensure_can_reschedule, ensure_same_film_and_cinema
from movies.services.changes import with_changes
from movies.services.shows import prepare_show

RESCHEDULING = (ShowCancelled, ShowOver, ShowSold, ShowsOverlap, SeatsSold, PriceMissing)


@dataclass(frozen=True)
class Rescheduling:
    """A show that was rescheduled, how it was before, and how many orders that concerns."""

    show: Show
    before: Show
    orders: LiveOrders


@raises(InvalidInput, *RESCHEDULING)
@atomic_with_retry
def reschedule_show(
    *,
    show: Show,
    by: User,
    reason: str,
    starts_at: datetime | None = None,
    screen: Screen | None = None,
) -> Rescheduling:
    """Give a show another start, another screen of its cinema, or both, and record that.

    Orders stay as they are. Until `full_refund_until` each of them is refunded in full. End
    of sales and of the show move along. A seat that is taken and that the new hall lacks is a
    SeatsSold with all such seats. Locks the show, then the screen.
    """
    return _reschedule(show, by, reason, starts_at, screen)


@raises(InvalidInput, *RESCHEDULING)
@atomic_with_retry
def preview_rescheduling(
    *,
    show: Show,
    by: User,
    starts_at: datetime | None = None,
    screen: Screen | None = None,
) -> Rescheduling:
    """Return what `reschedule_show` would do, and raise what it would raise. Writes nothing."""
    rescheduling = _reschedule(show, by, "", starts_at, screen)
    transaction.set_rollback(True)
    return rescheduling


def _reschedule(
    show: Show, by: User, reason: str, starts_at: datetime | None, screen: Screen | None
) -> Rescheduling:
    before = Show.objects.locked().get(pk=show.pk)
    changes = {"starts_at": starts_at or before.starts_at, "screen": screen or before.screen}
    changed = with_changes(before, changes)
    if changed.sales_close_at:
        changed.sales_close_at += changed.starts_at - before.starts_at
    now = timezone.now()
    orders = occupancy.current().live_orders(before.pk)
    ensure_same_film_and_cinema(changed, before, orders)
    ensure_can_reschedule(changed, before, now)
    prepare_show(show=changed, before=before)
    ensure_same_film_and_cinema(changed, before, orders)  # as the screen is under its lock
    if orders.total:
        changed.rescheduled_at = now
        changed.full_refund_until = _full_refund_until(changed, now)
    changed.save()
    ShowChange.objects.create(
        show=changed,
        kind=ShowChange.Kind.RESCHEDULED,
        made_at=now,
        made_by=by,
        reason=reason,
        before=_facts(before),
        after=_facts(changed),
        orders=orders.total,
        request_id=current_request_id(),
    )
    record_change(changed, before, orders=orders.total)
    return Rescheduling(changed, before, orders)


def _full_refund_until(show: Show, now: datetime) -> datetime:
    """Return the new start, or RESCHEDULE_REFUND_HOURS from now where that is earlier."""
    hours = settings.RESCHEDULE_REFUND_HOURS
    return min(show.starts_at, now + timedelta(hours=hours)) if hours else show.starts_at


def _facts(show: Show) -> dict[str, object]:
    """Return what rescheduling changes of a show, with times by the clocks of its cinema."""
    times = {
        name: moment and show.local(moment).isoformat()
        for name in ("starts_at", "ends_at", "sales_close_at")
        for moment in [getattr(show, name)]
    }
    return {
        **times,
        "screen": show.screen_id,
        "screen_name": str(show.screen),
        "seating_plan": show.seating_plan_id,
        "total_seats": show.total_seats,
    }
