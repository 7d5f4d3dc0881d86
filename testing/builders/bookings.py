"""Rows for tests."""

from datetime import timedelta

from django.utils import timezone

from bookings.models import Booking, Order


def make_order(*, user, show, seats=("1",), status=Order.Status.BOOKED, price=0, **fields):
    """An order of these seats; held, it has five minutes left unless told otherwise.

    `expires_at`, `extendable_until` and `created_at` may be given.
    """
    now = timezone.now()
    is_cancelled = status == Order.Status.CANCELLED
    if status in (Order.Status.HELD, Order.Status.EXPIRED):
        ends = timedelta(minutes=5 if status == Order.Status.HELD else -5)
        fields.setdefault("expires_at", now + ends)
        fields.setdefault("extendable_until", now + timedelta(minutes=15))
    order = Order.objects.create(
        customer=user,
        show=show,
        status=status,
        total=0 if is_cancelled else price * len(seats),
        currency=show.screen.cinema.currency,
        **fields,
    )
    Booking.objects.bulk_create(
        Booking(
            show=show,
            order=order,
            seat_number=seat_number,
            status=status,
            price=price,
            currency=order.currency,
            created_at=order.created_at,
            expires_at=order.expires_at,
            booked_at=None if order.expires_at else now,
            cancelled_at=now if is_cancelled else None,
            refund=price if is_cancelled else None,
        )
        for seat_number in seats
    )
    return order


def make_booking(*, seat_number="1", **fields):
    """One seat in an order of its own."""
    return make_order(seats=[seat_number], **fields).bookings.get()


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


def bookings_of(order):
    """The bookings of an order as they are now, the oldest first."""
    return list(order.bookings.order_by("id"))
