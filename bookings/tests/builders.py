"""Rows for tests."""

from django.utils import timezone

from bookings.models import Booking, Order


def make_booking(*, user, show, seat_number="1", status=Booking.Status.BOOKED, price=0):
    """One seat in an order of its own."""
    is_cancelled = status == Booking.Status.CANCELLED
    order = Order.objects.create(
        customer=user,
        show=show,
        status=Order.Status.CANCELLED if is_cancelled else Order.Status.BOOKED,
        total=0 if is_cancelled else price,
        currency=show.screen.cinema.currency,
    )
    return Booking.objects.create(
        show=show,
        order=order,
        seat_number=seat_number,
        status=status,
        price=price,
        currency=order.currency,
        cancelled_at=timezone.now() if is_cancelled else None,
    )


def block_seat(*, show, seat_number, by):
    """A seat that staff keep off sale."""
    return Booking.objects.create(
        show=show,
        seat_number=seat_number,
        status=Booking.Status.BLOCKED,
        price=0,
        currency=show.screen.cinema.currency,
        blocked_by=by,
    )
