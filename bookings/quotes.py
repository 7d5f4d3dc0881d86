"""What seats would cost."""

from typing import NamedTuple

from bookings import errors
from bookings.alternatives import offering_alternatives
from bookings.selection import (
    Selection,
    check_on_sale,
    check_seats_exist,
    check_size,
    select,
    stock_for,
)
from core.errors import raises
from movies.errors import PriceMissing, ShowCancelled, TicketTypeUnknown
from movies.models import Show


class Quote(NamedTuple):
    """What a customer would get now."""

    show: Show
    selection: Selection

    @property
    def lines(self):
        """Seat by seat."""
        chosen = zip(self.selection.seat_numbers, self.selection.tickets, strict=True)
        return [
            {
                "seat_number": number,
                "category": self.show.seats_by_number[number].category,
                "ticket_type": ticket.ticket_type and ticket.ticket_type.name,
                "price": ticket.price,
            }
            for number, ticket in chosen
        ]


@raises(
    ShowCancelled,
    errors.ShowStarted,
    errors.SalesClosed,
    errors.SeatUnknown,
    TicketTypeUnknown,
    PriceMissing,
    errors.HalfAPair,
    errors.SingleSeatLeft,
    errors.SeatTaken,
    errors.SeatLimit,
    errors.CategoryUnknown,
    errors.ShowFull,
)
def quote_for(show, wanted):
    """The Quote; nothing is held. Raises what holding raises."""
    check_on_sale(show)
    check_size(wanted)
    check_seats_exist(show, wanted.seat_numbers)
    with offering_alternatives(show.pk, wanted):
        stock = stock_for(show, wanted, customer=None)
        return Quote(show, select(show, wanted, stock))
