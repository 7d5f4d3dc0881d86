"""The history of a seat of a show: all of its bookings, the oldest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from bookings.admin.local_times import local_time
from bookings.models import Booking
from core.money import shown, with_currency
from movies.models import Show
from movies.seating.numbers import seat_number_from
from movies.staff_cinemas import may_change, within_cinemas

MAX_BOOKINGS = 200
PERMISSIONS_TO_LOOK = ["bookings.view_booking", "bookings.change_booking"]  # any of them


class Event(NamedTuple):
    """Something that happened to a booking.

    `seats` are other bookings that the sentence refers to, of `show` if that is another show.
    """

    at: datetime
    sentence: str
    request_id: str
    seats: Sequence[Booking] = ()
    show: Show | None = None


class Entry(NamedTuple):
    """A booking with its events, each with its local time."""

    booking: Booking
    events: list[tuple[str, Event]]


def may_see_history(user: Any) -> bool:
    return any(map(user.has_perm, PERMISSIONS_TO_LOOK))


def seat_history(request: HttpRequest, pk: int, seat_number: str) -> HttpResponse:
    if not may_see_history(request.user):
        raise PermissionDenied
    shows = within_cinemas(Show.objects.with_places(), request.user, "screen__cinema")
    show = get_object_or_404(shows, pk=pk)
    try:
        number = seat_number_from(seat_number)
    except ValueError as error:
        raise Http404("This is not a seat number.") from error
    bookings = _latest_bookings(show, number)
    if not bookings and not show.has_seat(number):
        raise Http404(f"This show has no seat {number}.")
    is_cut = len(bookings) > MAX_BOOKINGS
    bookings = bookings[-MAX_BOOKINGS:]
    context = {
        **admin.site.each_context(request),
        "title": f"Seat {number}",
        "opts": Show._meta,
        "show": show,
        "number": number,
        "zone": show.screen.cinema.time_zone,
        "has_seat": show.has_seat(number),
        "entries": [
            Entry(
                booking,
                [
                    (local_time(show, event.at), _as_seen(event, request.user))
                    for event in _events(booking, following)
                ],
            )
            for booking, following in zip_longest(bookings, bookings[1:])
        ],
        "shown": MAX_BOOKINGS if is_cut else None,
    }
    return TemplateResponse(request, "admin/bookings/seat_history.html", context)


def _latest_bookings(show: Show, number: str) -> list[Booking]:
    """Return up to MAX_BOOKINGS + 1 bookings of the seat, the oldest first. Two queries."""
    of_order = Booking.objects.select_related("show__movie", "show__screen__cinema")
    found = (
        show.bookings.filter(seat_number=number)
        .select_related("order__customer", "ticket_type", "cancelled_by", "blocked_by")
        .prefetch_related(Prefetch("order__bookings", queryset=of_order.order_by("id")))
        .order_by("-created_at", "-id")
    )
    return list(reversed(found[: MAX_BOOKINGS + 1]))


def _events(booking: Booking, following: Booking | None) -> Iterator[Event]:
    """Yield the events of a booking; `following` is the next booking of its seat."""
    yield _start(booking)
    if booking.booked_at and booking.booked_at > booking.created_at:
        sentence = f"Confirmed: booked{_payment(booking)}."
        yield Event(booking.booked_at, sentence, booking.booked_request_id)
    if booking.cancelled_at:
        yield _cancellation(booking, booking.cancelled_at)
    elif booking.expires_at and booking.status_now == Booking.Status.EXPIRED:
        yield Event(booking.expires_at, _expiry(booking, following), booking.end_request_id)


def _start(booking: Booking) -> Event:
    if booking.blocked_by:
        sentence = f"Kept off sale by {booking.blocked_by}{_because(booking.block_reason)}."
    elif booking.booked_at == booking.created_at:
        sentence = f"Booked{_payment(booking)}."
    elif booking.expires_at:
        sentence = f"Held until {local_time(booking.show, booking.expires_at)}."
    else:
        sentence = "Held."
    event = Event(booking.created_at, sentence, booking.request_id)
    return _as_move(event, f"{sentence} Moved here from", booking, _left_for(booking))


def _cancellation(booking: Booking, cancelled_at: datetime) -> Event:
    by = f" by {booking.cancelled_by}" if booking.cancelled_by else ""
    what = "Put back on sale" if booking.blocked_by else "Cancelled"
    sentence = f"{what}{by}{_because(booking.cancel_reason)}.{_refund(booking)}"
    event = Event(cancelled_at, sentence, booking.end_request_id)
    return _as_move(event, f"Moved{by}.{_refund(booking)} Now", booking, _taken_instead(booking))


def _as_move(event: Event, sentence: str, booking: Booking, others: list[Booking]) -> Event:
    """Return the event as part of a move; without other seats it was no move and stays as it is."""
    if not others:
        return event
    show = others[0].show if others[0].show_id != booking.show_id else None
    return event._replace(sentence=sentence, seats=others, show=show)


def _as_seen(event: Event, user: Any) -> Event:
    """Leave out where a move came from or led to, if the user does not work in that cinema."""
    if event.show is None or may_change(user, event.show):
        return event
    place = "in another cinema" if event.sentence.endswith("Now") else "another cinema"
    return event._replace(sentence=f"{event.sentence} {place}.", seats=(), show=None)


def _taken_instead(booking: Booking) -> list[Booking]:
    """Return the bookings that the order got in the same request that cancelled this one.

    Only a move adds bookings to an existing order. The same request id alone proves nothing: a
    proxy may send an id twice. So the new bookings must also be younger.
    """
    return [
        other
        for other in _bookings_of_order(booking)
        if other.request_id == booking.end_request_id and other.created_at > booking.created_at
    ]


def _left_for(booking: Booking) -> list[Booking]:
    """Return the bookings that were cancelled in the same request that made this one."""
    return [
        other
        for other in _bookings_of_order(booking)
        if other.status == Booking.Status.CANCELLED
        and other.end_request_id == booking.request_id
        and other.created_at < booking.created_at
    ]


def _bookings_of_order(booking: Booking) -> Sequence[Booking]:
    return [] if booking.order is None else list(booking.order.bookings.all())


def _expiry(booking: Booking, following: Booking | None) -> str:
    sentence = "The hold expired without being confirmed"
    if booking.status == Booking.Status.HELD:
        return f"{sentence}. The seat has not been taken since."
    if following and following.request_id and following.request_id == booking.end_request_id:
        return f"{sentence}. This request then took the seat: see the next booking."
    return f"{sentence}. This request recorded that."


def _payment(booking: Booking) -> str:
    return f", payment {booking.payment_reference}" if booking.payment_reference else ""


def _because(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _refund(booking: Booking) -> str:
    """Return the sentence about the refund; empty for a hold and for a free seat."""
    if not booking.booked_at or not booking.price:
        return ""
    refund = shown(booking.refund or Decimal(0), booking.currency)
    return f" To refund: {refund} of {with_currency(booking.price, booking.currency)}."
