"""Seats in sentences for people."""

from movies.seating.numbering import brief_number_of
from movies.seating.plan import Seat


def spoken_seat(number: str, seat: Seat | None) -> str:
    """Return "seat A12", or zone, row and seat apart where the seat number has more than these two.

    Such as "Orchestre, row K, seat 21" for ORCHESTREK21. seat: None where it is not known.
    """
    if seat is None or brief_number_of(seat.row, seat.seat) == number:
        return f"seat {number}"
    row = f"row {seat.row}" if seat.row.strip() else ""
    return ", ".join(filter(None, [seat.zone.strip(), row, f"seat {seat.seat or number}"]))
