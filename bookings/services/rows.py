"""The rows of orders, as all writes read and write them: under the lock of their show."""

from django.conf import settings

from bookings.errors import AlreadyCancelled, HoldExpired, SeatLimit
from bookings.models import Booking, Order
from core.db.statements import Statement, insert
from core.request_id import current_request_id
from movies.cached_shows import cached_show, cached_ticket_type
from movies.locks import lock_show

ORDER = Statement(lambda pk: Order.objects.filter(pk=pk).order_by())
LINES = Statement(lambda order: Booking.objects.filter(order=order).order_by("id"))


def lock_order(order, *, and_show=None):
    """The order as it is now, with its lines; its show is locked, and the other one if given."""
    locked, wanted = {}, {order.show_id} | ({and_show.pk} if and_show else set())
    while not wanted <= locked.keys():  # twice where the order has moved to another show meanwhile
        for pk in sorted(wanted - locked.keys()):
            locked[pk] = lock_show(pk)
        [order] = ORDER(pk=order.pk)
        wanted.add(order.show_id)
    order.show = locked[order.show_id]
    order.lines = LINES(order=order.pk)
    former = {line.show_id for line in order.lines} - locked.keys()
    shows = locked | {pk: cached_show(pk) for pk in former}
    ticket_types = {line.ticket_type_id for line in order.lines} - {None}
    ticket_types = {None: None} | {pk: cached_ticket_type(pk) for pk in ticket_types}
    for line in order.lines:
        line.order = order
        line.show = shows[line.show_id]
        line.ticket_type = ticket_types[line.ticket_type_id]
    return order


def check_alive(order):
    """Raises AlreadyCancelled or HoldExpired unless it is held or booked."""
    if order.status == Order.Status.CANCELLED:
        raise AlreadyCancelled
    if order.status_now == Order.Status.EXPIRED:
        raise HoldExpired


def check_limit(stock, wanted):
    """Raises SeatLimit where the customer would have too many seats of the show."""
    if stock.own + wanted.size > settings.MAX_SEATS_PER_SHOW:
        raise SeatLimit(
            f"One customer may have {settings.MAX_SEATS_PER_SHOW} seats of a show, "
            f"and you have {stock.own}."
        )


def add_lines(order, selection, *, now, payment_reference="", refund_limits=None):
    """One booking for each selected seat, in the status of the order, made now."""
    is_booked = order.status == Order.Status.BOOKED
    limits = refund_limits or [None] * len(selection.seat_numbers)
    return insert(
        [
            Booking(
                show=order.show,
                order=order,
                seat_number=number,
                status=order.status,
                ticket_type=ticket.ticket_type,
                price=ticket.price,
                currency=order.currency,
                payment_reference=payment_reference,
                refund_limit=limit,
                created_at=now,
                expires_at=order.expires_at,
                booked_at=now if is_booked else None,
                booked_request_id=current_request_id() if is_booked else "",
            )
            for number, ticket, limit in zip(
                selection.seat_numbers, selection.tickets, limits, strict=True
            )
        ]
    )


def change_lines(lines, **fields):
    """Give all of these bookings the same values, in the database and in memory."""
    Booking.objects.filter(pk__in=[line.pk for line in lines]).update(**fields)
    for line in lines:
        for name, value in fields.items():
            setattr(line, name, value)


def cancel_lines(lines, refunds, *, by, reason, now):
    """Each with the amount to give back, who did it, when and why."""
    for line, amount in zip(lines, refunds, strict=True):
        line.status = Booking.Status.CANCELLED
        line.refund = amount
        line.cancelled_at = now
        line.cancelled_by = by
        line.cancel_reason = reason
        line.end_request_id = current_request_id()
    ended = ["status", "refund", "cancelled_at", "cancelled_by", "cancel_reason", "end_request_id"]
    Booking.objects.bulk_update(lines, ended)
