"""Locks of an order, its show first, and of a payment."""

from django.utils import timezone

from bookings.errors import PaymentUsed
from bookings.models import Booking, Order
from bookings.results import OrderState
from core.db.statements import Statement
from core.db.transactions import advisory_lock
from movies.cached_shows import cached_show, cached_ticket_type
from movies.locks import lock_show
from movies.models import Show

BOOKINGS = Statement(lambda order: Booking.objects.filter(order=order).order_by("id"))
# Excludes what it never looks for, so that the index of references can be used.
WITH_PAYMENT = Statement(
    lambda reference: (
        Booking.objects.filter(payment_reference=reference)
        .exclude(payment_reference="")
        .order_by()
        .values_list("order", "order__status", "order__expires_at")
    )
)


def lock_order(order: Order, *, and_show: int | None = None) -> OrderState:
    """Return the order and its bookings as they are now, with the show locked.

    `and_show` is locked too. Shows are locked in the order of their ids. If the order has moved to
    another show meanwhile, that one is locked as well.
    """
    locked: dict[int, Show] = {}
    to_lock = {order.show_id} | ({and_show} if and_show else set())
    while not to_lock <= locked.keys():
        for pk in sorted(to_lock - locked.keys()):
            locked[pk] = lock_show(pk)
        order = Order.objects.get(pk=order.pk)
        to_lock.add(order.show_id)
    order.show = locked[order.show_id]
    bookings = BOOKINGS(order=order.pk)
    former = {booking.show_id for booking in bookings} - locked.keys()
    shows = locked | {pk: cached_show(pk) for pk in former}
    for booking in bookings:
        booking.order = order
        booking.show = shows[booking.show_id]
        if booking.ticket_type_id is not None:
            booking.ticket_type = cached_ticket_type(booking.ticket_type_id)
    return OrderState(order, bookings)


def lock_payment(order: Order, payment_reference: str) -> None:
    """Lock the payment, and ensure that no other live order has it. Raises PaymentUsed.

    Two orders of different shows could otherwise be confirmed at once with one payment. Call it
    after the shows are locked.
    """
    if not payment_reference:
        return
    advisory_lock(f"payment {payment_reference}")
    now = timezone.now()
    for pk, status, expires_at in WITH_PAYMENT(reference=payment_reference):
        is_held = status == Order.Status.HELD and expires_at > now
        if pk != order.pk and (is_held or status == Order.Status.BOOKED):
            raise PaymentUsed
