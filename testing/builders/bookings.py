"""Orders and bookings for tests: rows written directly, or sold by the services."""

from datetime import timedelta

from django.utils import timezone

from bookings import services
from bookings.models import BOOKING, Booking, Order
from bookings.seat_request import SeatRequest
from core.row_numbers import stored_number


def make_order(*, user, show, seats=("1",), status=Order.Status.BOOKED, price=0, **fields):
    """Write an order of these seats, without the checks of a sale.

    A hold has five minutes left; an expired one ended five minutes ago. `expires_at`,
    `extendable_until` and `created_at` may be given.
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
            customer=user,
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


def booking_of(answer):
    """Return the row of a booking that was answered."""
    return Booking.objects.get(pk=stored_number(BOOKING, answer["id"]))


def make_booking(*, seat_number="1", **fields):
    """Write an order of one seat; return its booking."""
    return make_order(seats=[seat_number], **fields).bookings.get()


def book_order(*, user, show, seats, ticket_types=()):
    """Book these seats at the prices of the show; return the order."""
    request = SeatRequest(tuple(seats), ticket_types=ticket_types)
    return services.book_seats(customer=user, show_id=show.pk, request=request).order


def hold_order(*, user, show, seats, ticket_types=()):
    """Hold these seats at the prices of the show; return the order."""
    request = SeatRequest(tuple(seats), ticket_types=ticket_types)
    return services.hold_seats(customer=user, show_id=show.pk, request=request).order


def block_seat(*, show, seat_number, by):
    """Write a booking that keeps the seat off sale."""
    return Booking.objects.create(
        show=show,
        seat_number=seat_number,
        status=Booking.Status.BLOCKED,
        price=0,
        currency=show.screen.cinema.currency,
        blocked_by=by,
    )


def bookings_of(order):
    """Return the bookings of an order as they are now, the oldest first."""
    return list(order.bookings.order_by("id"))
