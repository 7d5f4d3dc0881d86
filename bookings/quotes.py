"""Quotes: the price of seats, without holding them. Reads only."""

from bookings.alternatives import alternatives_to
from bookings.errors import SeatTaken, SingleSeatLeft
from bookings.hall import hall_of
from bookings.occupancy import read_occupancy, seats_to_read
from bookings.results import Quote
from bookings.rules.sale import ensure_on_sale, ensure_order_size, ensure_seats_exist
from bookings.seat_request import SeatRequest
from bookings.selection import needs_whole_hall, select_seats
from bookings.services.selling import SEATS
from core.errors import raises
from movies.models import Show


@raises(*SEATS)
def quote_for(*, show: Show, request: SeatRequest) -> Quote:
    """Return the seats and prices that the request would get now; nothing is held."""
    ensure_on_sale(show)
    ensure_order_size(request.size)
    ensure_seats_exist(show.seats_by_number, request.seat_numbers)
    try:
        occupancy = read_occupancy(show.pk, seat_numbers=seats_to_read(show, request))
        hall = hall_of(show)
        if needs_whole_hall(hall, request, occupancy.taken.keys()):
            occupancy = read_occupancy(show.pk)
        return Quote(show, select_seats(hall, request, occupancy.taken.keys()))
    except (SeatTaken, SingleSeatLeft) as refusal:
        refusal.members["alternatives"] = alternatives_to(request.seat_numbers, show=show.pk)
        raise
