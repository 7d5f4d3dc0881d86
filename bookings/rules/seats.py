"""Which named seats may be chosen. Each rule names every seat that breaks it."""

from collections.abc import Collection, Mapping, Sequence

from bookings.errors import HalfAPair, HeldTooLong, SeatTaken, SeatUnknown
from movies.seating.plan import Seat
from movies.seating.spoken import spoken_seat

MAX_NAMED = 100  # seats that one error lists


def ensure_seats_exist(seats: Mapping[str, Seat], seat_numbers: Sequence[str]) -> None:
    """Raise SeatUnknown for numbers that are not among the seats of the hall."""
    if unknown := [number for number in seat_numbers if number not in seats]:
        places = list(seats.items())
        first, last = _bare(*places[0]), _bare(*places[-1])
        raise SeatUnknown(
            unknown[:MAX_NAMED],
            f"This show has no seat {{seats}}: its seats are {first} to {last}.",
        )


def ensure_free(
    seat_numbers: Sequence[str], taken: Collection[str], seats: Mapping[str, Seat]
) -> None:
    """Raise SeatTaken for seats that are taken. `seats` are those of the hall."""
    if failed := [number for number in seat_numbers if number in taken]:
        raise SeatTaken(failed, hall=seats)


def ensure_whole_pairs(
    seat_numbers: Sequence[str], partner_of: Mapping[str, str], seats: Mapping[str, Seat]
) -> None:
    """Raise HalfAPair for seats whose partner is not among them."""
    chosen = set(seat_numbers)
    if halves := [
        number for number in seat_numbers if partner_of.get(number, number) not in chosen
    ]:
        raise HalfAPair(halves, hall=seats)


def ensure_pairs_stay_whole(
    released: Sequence[str],
    kept: Collection[str],
    partner_of: Mapping[str, str],
    seats: Mapping[str, Seat],
) -> None:
    """Raise HalfAPair for released seats whose partner would be kept."""
    if halves := [number for number in released if partner_of.get(number) in kept]:
        raise HalfAPair(halves, hall=seats)


def ensure_not_used_up(
    seat_numbers: Sequence[str], used_up: Collection[str], seats: Mapping[str, Seat]
) -> None:
    """Raise HeldTooLong for seats that the customer has held for as long as is allowed."""
    if failed := [number for number in seat_numbers if number in used_up]:
        raise HeldTooLong(failed, hall=seats)


def _bare(number: str, seat: Seat) -> str:
    """Return A12, or zone, row and seat of a seat whose number also has its zone."""
    return spoken_seat(number, seat).removeprefix("seat ")
