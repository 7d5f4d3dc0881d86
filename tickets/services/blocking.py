"""Blocking the tickets of an order, which the door then refuses."""

from django.utils import timezone

from accounts.models import User
from bookings.errors import AlreadyCancelled, HoldExpired
from bookings.models import Order
from bookings.services.locking import lock_order
from core.db.transactions import atomic_with_retry
from core.errors import raises
from tickets.errors import NotBooked
from tickets.models import TicketBlock
from tickets.rules.booked import ensure_booked


@raises(NotBooked, HoldExpired, AlreadyCancelled)
@atomic_with_retry
def block_tickets(*, order: Order, reason: str, by: User) -> None:
    """Let the door refuse the tickets of the order until they are unblocked. Locks the show."""
    ensure_booked(lock_order(order).order)
    _set(order, is_blocked=True, reason=reason, by=by)


@atomic_with_retry
def unblock_tickets(*, order: Order, by: User) -> None:
    """Let the door admit the tickets of the order again. Locks the show."""
    lock_order(order)
    if TicketBlock.objects.filter(pk=order.pk, is_blocked=True).exists():
        _set(order, is_blocked=False, reason="", by=by)


def _set(order: Order, *, is_blocked: bool, reason: str, by: User) -> None:
    values = {
        "is_blocked": is_blocked,
        "reason": reason,
        "changed_at": timezone.now(),
        "changed_by": by,
    }
    TicketBlock.objects.update_or_create(pk=order.pk, defaults=values)
