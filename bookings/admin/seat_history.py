"""What became of a seat of a show: all of its bookings, in the order of time."""

from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from bookings.models import Booking
from movies.models import Show
from movies.seating.numbers import seat_number_from

MOST_BOOKINGS = 200
MAY_LOOK = ["bookings.view_booking", "bookings.change_booking"]


class Event(NamedTuple):
    """Something that happened to a booking; `seats` are other bookings that it names."""

    at: datetime
    words: str
    request_id: str
    seats: list[Booking] = []
    show: Show | None = None  # of these seats, where it is another


def may_see_history(user):
    return any(map(user.has_perm, MAY_LOOK))


def clock_time(show, moment):
    """By the clocks of the cinema; a dash where there is no moment."""
    return f"{show.local(moment):%a %d %b %Y %H:%M:%S}" if moment else "-"


def seat_history(request, pk, seat_number):
    if not may_see_history(request.user):
        raise PermissionDenied
    show = get_object_or_404(Show.objects.with_places(), pk=pk)
    try:
        number = seat_number_from(seat_number)
    except ValueError as error:
        raise Http404("This is no seat number.") from error
    bookings = _bookings_of(show, number)
    if not bookings and not show.has_seat(number):
        raise Http404(f"This show has no seat {number}.")
    is_cut = len(bookings) > MOST_BOOKINGS
    bookings = bookings[-MOST_BOOKINGS:]
    context = {
        **admin.site.each_context(request),
        "title": f"Seat {number}",
        "opts": Show._meta,
        "show": show,
        "number": number,
        "zone": show.screen.cinema.time_zone,
        "has_seat": show.has_seat(number),
        "entries": [
            (booking, _told(show, _events(booking, following)))
            for booking, following in zip_longest(bookings, bookings[1:])
        ],
        "most": MOST_BOOKINGS if is_cut else None,
    }
    return TemplateResponse(request, "admin/bookings/seat_history.html", context)


def _bookings_of(show, number):
    """The newest, and one more than are shown; two queries, however many there are."""
    of_order = Booking.objects.select_related("show__movie", "show__screen__cinema")
    found = (
        show.bookings.filter(seat_number=number)
        .select_related("order__customer", "ticket_type", "cancelled_by", "blocked_by")
        .prefetch_related(Prefetch("order__bookings", queryset=of_order.order_by("id")))
        .order_by("-created_at", "-id")
    )
    return list(reversed(found[: MOST_BOOKINGS + 1]))


def _told(show, events):
    return [(clock_time(show, event.at), event) for event in events]


def _events(booking, following):
    """What happened to the booking; `following` is the next one of its seat, or None."""
    yield _beginning(booking)
    if booking.booked_at and booking.booked_at > booking.created_at:
        words = f"Confirmed: booked{_payment(booking)}."
        yield Event(booking.booked_at, words, booking.booked_request_id)
    if booking.status == Booking.Status.CANCELLED:
        yield _cancelling(booking)
    elif booking.status_now == Booking.Status.EXPIRED:
        yield Event(booking.expires_at, _expiry(booking, following), booking.end_request_id)


def _beginning(booking):
    if booking.blocked_by:
        words = f"Kept off sale by {booking.blocked_by}{_because(booking.block_reason)}."
    elif booking.booked_at == booking.created_at:
        words = f"Booked{_payment(booking)}."
    elif booking.expires_at:
        words = f"Held until {clock_time(booking.show, booking.expires_at)}."
    else:
        words = "Held."
    event = Event(booking.created_at, words, booking.request_id)
    return _naming(event, f"{words} Moved here from", booking, _left_for(booking))


def _cancelling(booking):
    by = f" by {booking.cancelled_by}" if booking.cancelled_by else ""
    what = "Put back on sale" if booking.blocked_by else "Cancelled"
    words = f"{what}{by}{_because(booking.cancel_reason)}.{_refund(booking)}"
    event = Event(booking.cancelled_at, words, booking.end_request_id)
    return _naming(event, f"Moved{by}.{_refund(booking)} Now", booking, _taken_instead(booking))


def _naming(event, words, booking, others):
    """The event as part of a move, where there are other seats; as it is, where there are none."""
    if not others:
        return event
    show = others[0].show if others[0].show_id != booking.show_id else None
    return event._replace(words=words, seats=others, show=show)


def _taken_instead(booking):
    """The bookings that its order got when this one was given up for them.

    Only a move gives an order more bookings than it was made with. A request that a proxy named as
    the one before is no move by that alone.
    """
    return [
        other
        for other in _bookings_of_order(booking)
        if other.request_id == booking.end_request_id and other.created_at > booking.created_at
    ]


def _left_for(booking):
    """The bookings that its order gave up for this one and those made with it."""
    return [
        other
        for other in _bookings_of_order(booking)
        if other.status == Booking.Status.CANCELLED
        and other.end_request_id == booking.request_id
        and other.created_at < booking.created_at
    ]


def _bookings_of_order(booking):
    return [] if booking.order is None else booking.order.bookings.all()


def _expiry(booking, following):
    words = "The hold ended without being confirmed"
    if booking.status == Booking.Status.HELD:
        return f"{words}. No other request has needed the seat since."
    if following and following.request_id and following.request_id == booking.end_request_id:
        return f"{words}. The request noted here then took the seat: the next booking."
    return f"{words}. The request noted here wrote that down."


def _payment(booking):
    return f", payment {booking.payment_reference}" if booking.payment_reference else ""


def _because(reason):
    return f": {reason.rstrip('.')}" if reason else ""


def _refund(booking):
    """What comes back, of what was paid."""
    if not booking.booked_at or not booking.price:
        return ""
    return f" To give back: {booking.refund} of {booking.price} {booking.currency}."
