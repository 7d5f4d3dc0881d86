"""The tickets of booked seats, each with its code. Codes are signed when they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookings.errors import AlreadyCancelled, HoldExpired
from bookings.models import Booking, Order
from bookings.results import OrderState
from core.errors import raises
from movies.models import Show
from tickets.codes import Claims, encode
from tickets.errors import NotBooked, SeatMoved
from tickets.keys import signing_key
from tickets.models import FIRST_GENERATION, Ticket
from tickets.rules.booked import ensure_booked, ensure_has_ticket
from tickets.wording import Words, name_of, words_of


@dataclass(frozen=True)
class IssuedTicket:
    """The ticket of one booked seat."""

    booking: Booking
    code: str
    words: Words


@dataclass(frozen=True)
class IssuedOrder:
    """The tickets of all booked seats of an order."""

    order: Order
    tickets: list[IssuedTicket]

    @property
    def show(self) -> Show:
        return self.order.show

    @property
    def name(self) -> str:
        return name_of(self.order.customer)


@raises(NotBooked, HoldExpired, AlreadyCancelled)
def issue_tickets(*, state: OrderState) -> IssuedOrder:
    """Return the tickets of an order. Two queries: the generations and the customer."""
    ensure_booked(state.order)
    return IssuedOrder(state.order, _issued(state.active))


@raises(NotBooked, HoldExpired, AlreadyCancelled, SeatMoved)
def issue_ticket(*, booking: Booking, state: OrderState) -> IssuedTicket:
    """Return the ticket of one booking of an order. Two queries."""
    ensure_has_ticket(booking, state.order, state.bookings)
    [ticket] = _issued([booking])
    return ticket


def _issued(bookings: Sequence[Booking]) -> list[IssuedTicket]:
    pks = [booking.pk for booking in bookings]
    renewed = dict(Ticket.objects.filter(pk__in=pks).values_list("pk", "generation"))
    key = signing_key()
    return [
        IssuedTicket(
            booking,
            encode(
                Claims(booking.show_id, booking.number, renewed.get(booking.pk, FIRST_GENERATION)),
                key,
            ),
            words_of(booking),
        )
        for booking in bookings
    ]
