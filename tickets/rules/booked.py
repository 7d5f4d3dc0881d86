"""Only booked seats have tickets."""

from collections.abc import Iterable

from bookings.errors import AlreadyCancelled, HoldExpired
from bookings.models import Booking, Order
from tickets.errors import NotBooked, SeatMoved


def ensure_booked(order: Order) -> None:
    """Raise an error that says why the order has no tickets."""
    match order.status_now:
        case Order.Status.HELD:
            raise NotBooked
        case Order.Status.EXPIRED:
            raise HoldExpired
        case Order.Status.CANCELLED:
            raise AlreadyCancelled


def ensure_has_ticket(booking: Booking, order: Order, others: Iterable[Booking]) -> None:
    """Raise an error that says why the booking has no ticket. `others` are those of its order."""
    if booking.status != Booking.Status.CANCELLED:
        ensure_booked(order)
    elif was_moved(booking, others):
        raise SeatMoved(order=order.code)
    else:
        raise AlreadyCancelled([booking.seat_number])


def was_moved(booking: Booking, others: Iterable[Booking]) -> bool:
    """Return whether a move exchanged the booking: it cancels and books at the same moment."""
    return booking.cancelled_at is not None and any(
        other.created_at == booking.cancelled_at for other in others
    )
