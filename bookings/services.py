"""The writes. Each is one transaction: lock the show, look again, write.

The lock on the show's row makes the writers of one show take turns. Behind it stands the partial
unique constraint `one_active_booking_per_seat`: even a writer that forgot the lock cannot sell a
seat twice. `in_one_transaction` turns such a lost race into the answer that the look gives.
"""

from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookings.errors import (
    AlreadyCancelled,
    CancelTooLate,
    SalesClosed,
    SeatLimit,
    SeatsNotBlocked,
    SeatTaken,
    SeatUnknown,
    ShowStarted,
    TicketTypeUnknown,
)
from bookings.models import Booking, Order
from config.transactions import in_one_transaction
from movies.errors import ShowCancelled
from movies.models import Show
from movies.models.halls import category_key


def book_seat(*, user, show, seat_number, ticket_type=None):
    """Book one seat of the show for the user; without a ticket type, the price list's first.

    Raises ShowCancelled, ShowStarted, SalesClosed, SeatUnknown, TicketTypeUnknown, SeatTaken or
    SeatLimit. What can be refused without the lock is; only the look under the lock accepts.
    """
    _check_on_sale(show)
    _check_seats_exist(show, [seat_number])
    if show.bookings.active().filter(seat_number=seat_number).exists():
        raise SeatTaken.naming([seat_number])
    return _book_seat(user=user, show_id=show.pk, seat_number=seat_number, ticket_type=ticket_type)


@in_one_transaction
def _book_seat(*, user, show_id, seat_number, ticket_type=None):
    show = Show.objects.lock(show_id)
    _check_on_sale(show)
    _check_seats_exist(show, [seat_number])
    _check_free_and_within_limit(user, show, [seat_number])
    ticket_type, amount = _price_of(show, seat_number, ticket_type)
    currency = show.screen.cinema.currency
    order = Order.objects.create(
        customer=user, show=show, status=Order.Status.BOOKED, total=amount, currency=currency
    )
    return Booking.objects.create(
        show=show,
        order=order,
        seat_number=seat_number,
        status=Booking.Status.BOOKED,
        ticket_type=ticket_type,
        price=amount,
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


@in_one_transaction
def block_seats(*, show, seat_numbers, by, reason):
    """Keep seats of a show off sale, all of them or none.

    Raises SeatUnknown, or SeatTaken naming every seat that somebody has. Locks the show.
    """
    show = Show.objects.lock(show.pk)
    _check_seats_exist(show, seat_numbers)
    taken = set(
        show.bookings.active()
        .filter(seat_number__in=seat_numbers)
        .values_list("seat_number", flat=True)
    )
    _check_none_taken(seat_numbers, taken)
    Booking.objects.bulk_create(
        Booking(
            show=show,
            seat_number=number,
            status=Booking.Status.BLOCKED,
            price=0,
            currency=show.screen.cinema.currency,
            blocked_by=by,
            block_reason=reason,
        )
        for number in seat_numbers
    )


@in_one_transaction
def unblock_seats(*, show, seat_numbers, by, reason=""):
    """Put blocked seats back on sale, all of them or none.

    Raises SeatsNotBlocked naming every seat that is not kept off sale. Locks the show.
    """
    show = Show.objects.locked().get(pk=show.pk)
    blocked = show.bookings.filter(status=Booking.Status.BLOCKED, seat_number__in=seat_numbers)
    missing = set(seat_numbers).difference(blocked.values_list("seat_number", flat=True))
    if missing:
        raise SeatsNotBlocked.naming([number for number in seat_numbers if number in missing])
    blocked.update(
        status=Booking.Status.CANCELLED,
        cancelled_at=timezone.now(),
        cancelled_by=by,
        cancel_reason=reason,
    )


def _check_on_sale(show):
    if show.is_cancelled:
        raise ShowCancelled
    if show.has_started:
        raise ShowStarted
    if not show.is_on_sale:
        raise SalesClosed(_when_on_sale(show))


def _when_on_sale(show):
    if show.sales_open_at and show.sales_open_at > timezone.now():
        return f"Seats of this show go on sale on {show.local(show.sales_open_at):%Y-%m-%d %H:%M}."
    return f"Sales closed on {show.local(show.sales_close_at):%Y-%m-%d %H:%M}."


def _check_seats_exist(show, seat_numbers):
    unknown = [number for number in seat_numbers if not show.has_seat(number)]
    if unknown:
        seats = show.plan.seats
        raise SeatUnknown(
            f"This show has no seat {', '.join(unknown[:5])}: "
            f"its seats are {seats[0].number} to {seats[-1].number}."
        )


def _price_of(show, seat_number, name):
    """The ticket type and what the seat costs with it; (None, 0) where the show is free."""
    if show.price_list_id is None:
        if name is not None:
            raise TicketTypeUnknown("This show is free: there are no ticket types.")
        return None, Decimal(0)
    category = category_key(show.seats_by_number[seat_number].category)
    prices = [
        price
        for price in show.price_list.prices.select_related("category", "ticket_type")
        if category_key(price.category.name) == category
    ]
    for price in prices:
        if name is None or price.ticket_type.name.casefold() == name.casefold():
            return price.ticket_type, price.amount
    known = ", ".join(price.ticket_type.name for price in prices)
    raise TicketTypeUnknown(f"There is no ticket type {name} for this seat: there are {known}.")


def _check_none_taken(seat_numbers, taken):
    """Raise SeatTaken naming every one that is, in the order they were asked for."""
    failed = [number for number in seat_numbers if number in taken]
    if failed:
        raise SeatTaken.naming(failed)


def _check_free_and_within_limit(user, show, seat_numbers):
    """One query tells who has the wanted seats, and what the user has already."""
    rows = show.bookings.active().filter(Q(seat_number__in=seat_numbers) | Q(order__customer=user))
    rows = list(rows.values_list("seat_number", "order__customer"))
    _check_none_taken(seat_numbers, {number for number, _ in rows})
    own = sum(customer == user.pk for _, customer in rows)
    if own + len(seat_numbers) > settings.MAX_SEATS_PER_SHOW:
        raise SeatLimit(
            f"One customer may have {settings.MAX_SEATS_PER_SHOW} seats of a show, "
            f"and you have {own}."
        )
