"""Which named seats may be chosen. Each rule names every seat that breaks it."""

from collections.abc import Collection, Mapping, Sequence

from bookings.errors import HalfAPair, HeldTooLong, SeatTaken, SeatUnknown
from movies.seating.plan import Seat

MAX_NAMED = 100  # seats that one error lists


def ensure_seats_exist(seats: Mapping[str, Seat], seat_numbers: Sequence[str]) -> None:
    """Raise SeatUnknown for numbers that are not among the seats of the hall."""
    if unknown := [number for number in seat_numbers if number not in seats]:
        numbers = list(seats)
        raise SeatUnknown(
            unknown[:MAX_NAMED],
            f"This show has no seat {{seats}}: its seats are {numbers[0]} to {numbers[-1]}.",
        )


def ensure_free(seat_numbers: Sequence[str], taken: Collection[str]) -> None:
    """Raise SeatTaken for seats that are taken."""
    if failed := [number for number in seat_numbers if number in taken]:
        raise SeatTaken(failed)


def ensure_whole_pairs(seat_numbers: Sequence[str], partner_of: Mapping[str, str]) -> None:
    """Raise HalfAPair for seats whose partner is not among them."""
    chosen = set(seat_numbers)
    if halves := [
        number for number in seat_numbers if partner_of.get(number, number) not in chosen
    ]:
        raise HalfAPair(halves)


def ensure_pairs_stay_whole(
    released: Sequence[str], kept: Collection[str], partner_of: Mapping[str, str]
) -> None:
    """Raise HalfAPair for released seats whose partner would be kept."""
    if halves := [number for number in released if partner_of.get(number) in kept]:
        raise HalfAPair(halves)


def ensure_not_used_up(seat_numbers: Sequence[str], used_up: Collection[str]) -> None:
    """Raise HeldTooLong for seats that the customer has held for as long as is allowed."""
    if failed := [number for number in seat_numbers if number in used_up]:
        raise HeldTooLong(failed)
