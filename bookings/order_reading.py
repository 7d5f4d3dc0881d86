"""Reads of one order. Everything that a read needs is sent together, in one round trip."""

from collections.abc import Mapping
from operator import attrgetter

from bookings import received
from bookings.models import Booking, Order
from bookings.results import OrderState
from core.db.statements import Statement, together
from core.errors import NotFound
from movies.cached_shows import cached_show, cached_ticket_type, with_cached_places
from movies.models import Show

ORDER = Statement(lambda code: Order.objects.filter(code=code).order_by())
BOOKINGS = Statement(lambda code: Booking.objects.filter(order__code=code).order_by())
SHOWS = Statement(
    lambda code: Show.objects.filter(
        pk__in=Booking.objects.filter(order__code=code).values("show")
    ).order_by()
)


def find_order(code: str) -> Order:
    """Return the order, without its bookings. Raises NotFound."""
    return _only(ORDER(code=code))


def read_order(code: str) -> OrderState:
    """Return the order with its bookings. Raises NotFound."""
    orders, bookings, found, paid = together(
        *(statement.with_values(code=code) for statement in (ORDER, BOOKINGS, SHOWS)),
        received.current().of_code(code),
    )
    order = _only(orders)
    shows = {show.pk: with_cached_places([show]) for show in found}
    order.show = shows[order.show_id]
    return OrderState(order, complete(bookings, order, shows), received=paid)


def complete(bookings: list[Booking], order: Order, shows: Mapping[int, Show]) -> list[Booking]:
    """Give all bookings of the order their relations, and return them, the oldest first.

    Shows that the order has left, and ticket types, come from the cache.
    """
    for booking in bookings:
        booking.order = order
        booking.show = shows.get(booking.show_id) or cached_show(booking.show_id)
        if booking.ticket_type_id is not None:
            booking.ticket_type = cached_ticket_type(booking.ticket_type_id)
    return sorted(bookings, key=attrgetter("pk"))


def _only(orders: list[Order]) -> Order:
    for order in orders:
        return order
    raise NotFound("There is no such order.")
