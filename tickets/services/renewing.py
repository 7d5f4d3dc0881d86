"""Renewing tickets: new codes for an order, while the old ones become void."""

from django.utils import timezone

from accounts.models import User
from audit.records import is_on_record, record
from bookings.errors import AlreadyCancelled, HoldExpired
from bookings.models import Order
from bookings.results import OrderState
from bookings.services.locking import lock_order
from core.db.transactions import atomic_with_retry
from core.errors import raises
from tickets.errors import NotBooked, TooManyRenewals
from tickets.models import FIRST_GENERATION, MAX_GENERATION, Ticket
from tickets.rules.booked import ensure_booked


@raises(NotBooked, HoldExpired, AlreadyCancelled, TooManyRenewals)
@atomic_with_retry
def renew_tickets(*, order: Order, by: User) -> OrderState:
    """Begin the next generation of all tickets of the order. Locks the show."""
    state = lock_order(order)
    ensure_booked(state.order)
    pks = [booking.pk for booking in state.active]
    before = dict(Ticket.objects.filter(pk__in=pks).values_list("pk", "generation"))
    generations = {pk: before.get(pk, FIRST_GENERATION) + 1 for pk in pks}
    if max(generations.values()) > MAX_GENERATION:
        raise TooManyRenewals
    now = timezone.now()
    Ticket.objects.bulk_create(
        (
            Ticket(booking_id=pk, generation=generation, renewed_at=now, renewed_by=by)
            for pk, generation in generations.items()
        ),
        update_conflicts=True,
        unique_fields=["booking"],
        update_fields=["generation", "renewed_at", "renewed_by"],
    )
    if by.pk != order.customer_id or is_on_record():
        record("renew_tickets", state.order, after={"seats": state.seat_numbers})
    return state
