"""The writes. Each is one transaction: lock the show, look again, write.

The lock on the show's row makes the writers of one show take turns. Behind it stands the partial
unique constraint `one_active_booking_per_seat`: even a writer that forgot the lock cannot sell a
seat twice. `in_one_transaction` turns such a lost race into the answer that the look gives.
"""

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookings.errors import (
    AlreadyCancelled,
    CancelTooLate,
    SalesClosed,
    SeatLimit,
    SeatTaken,
    SeatUnknown,
    ShowStarted,
)
from bookings.models import Booking, Order
from config.transactions import in_one_transaction
from movies.models import Show


def book_seat(*, user, show, seat_number):
    """Book one seat of the show for the user.

    Raises ShowStarted, SalesClosed, SeatUnknown, SeatTaken or SeatLimit. What can be refused
    without the lock is; only the look under the lock accepts.
    """
    _check_on_sale(show)
    _check_seat_exists(show, seat_number)
    if show.bookings.active().filter(seat_number=seat_number).exists():
        raise SeatTaken.naming([seat_number])
    return _book_seat(user=user, show_id=show.pk, seat_number=seat_number)


@in_one_transaction
def _book_seat(*, user, show_id, seat_number):
    show = Show.objects.with_places().locked().get(pk=show_id)
    _check_on_sale(show)
    _check_seat_exists(show, seat_number)
    _check_free_and_within_limit(user, show, [seat_number])
    currency = show.screen.cinema.currency
    order = Order.objects.create(
        customer=user, show=show, status=Order.Status.BOOKED, total=show.price, currency=currency
    )
    return Booking.objects.create(
        show=show,
        order=order,
        seat_number=seat_number,
        status=Booking.Status.BOOKED,
        price=show.price,
        currency=currency,
    )


@in_one_transaction
def cancel_booking(*, booking, by, reason=""):
    """Give the seat back, and record who did it and why.

    Raises AlreadyCancelled or CancelTooLate. Locks the show.
    """
    show = Show.objects.locked().get(pk=booking.show_id)
    booking = Booking.objects.with_places().get(pk=booking.pk)
    if booking.status != Booking.Status.BOOKED:
        raise AlreadyCancelled
    if show.has_started:
        raise CancelTooLate
    booking.status = Booking.Status.CANCELLED
    booking.cancelled_at = timezone.now()
    booking.cancelled_by = by
    booking.cancel_reason = reason
    booking.save(update_fields=["status", "cancelled_at", "cancelled_by", "cancel_reason"])
    _settle_order(booking.order)
    return booking


def _settle_order(order):
    """Bring total and status in line with the bookings that are left."""
    prices = [booking.price for booking in order.bookings.active()]
    order.total = sum(prices)
    if not prices:
        order.status = Order.Status.CANCELLED
    order.save(update_fields=["total", "status"])


def _check_on_sale(show):
    if show.has_started:
        raise ShowStarted
    if not show.is_on_sale:
        raise SalesClosed


def _check_seat_exists(show, seat_number):
    if not show.has_seat(seat_number):
        raise SeatUnknown(
            f"This show has no seat {seat_number}: its seats are 1 to {show.total_seats}."
        )


def _check_free_and_within_limit(user, show, seat_numbers):
    """One query tells who has the wanted seats, and what the user has already."""
    rows = show.bookings.active().filter(Q(seat_number__in=seat_numbers) | Q(order__customer=user))
    rows = list(rows.values_list("seat_number", "order__customer"))
    taken = {number for number, _ in rows}.intersection(seat_numbers)
    if taken:
        raise SeatTaken.naming([number for number in seat_numbers if number in taken])
    own = sum(customer == user.pk for _, customer in rows)
    if own + len(seat_numbers) > settings.MAX_SEATS_PER_SHOW:
        raise SeatLimit(
            f"One customer may have {settings.MAX_SEATS_PER_SHOW} seats of a show, "
            f"and you have {own}."
        )
