"""The seat numbers of 0.1.0, kept as they were: seats are sold under them."""

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence

from movies.seating.numbering import SeatPlace
from movies.seating.numbers import MAX_LENGTH, seat_number_from
from movies.seating.plan import PlanError

IGNORED = str.maketrans("", "", " " + string.punctuation)


def first_seat_numbers_of(places: Sequence[SeatPlace]) -> list[str]:
    """Return the seat number of each place, in order. Raises PlanError if two are the same.

    Row label and seat make the seat number: A12. Two things make it longer where needed:

    - Row 1 seat 11 and row 11 seat 1 of a zone would both be 111. Then all rows of the plan whose
      label ends in a digit get an S behind it: 1S11.
    - Zones that share a seat number put their names in front of all of their seat numbers:
      BALCONYA12.
    """
    parts = [(_plain(place.row), _plain(place.seat)) for place in places]
    numbers = _spelled(places, (row + seat for row, seat in parts))
    if _numeric_rows_collide(places, [row for row, _ in parts], numbers):
        numbers = _spelled(places, (row + "S" * row[-1:].isdigit() + seat for row, seat in parts))
    zones_with: dict[str, set[int]] = {}
    for place, number in zip(places, numbers, strict=True):
        zones_with.setdefault(number, set()).add(place.zone_nth)
    shared = {nth for zones in zones_with.values() if len(zones) > 1 for nth in zones}
    if shared:
        numbers = _spelled(
            places,
            (
                re.sub(r"[^A-Za-z0-9]", "", place.zone) + number
                if place.zone_nth in shared
                else number
                for place, number in zip(places, numbers, strict=True)
            ),
        )
    _ensure_unique(places, numbers)
    return numbers


def _plain(text: str) -> str:
    """Return the text without punctuation and accents: "Box (é)" is "Boxe"."""
    parts = unicodedata.normalize("NFD", text.translate(IGNORED))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _spelled(places: Sequence[SeatPlace], numbers: Iterable[str]) -> list[str]:
    spelled = []
    for place, number in zip(places, numbers, strict=True):
        try:
            spelled.append(seat_number_from(number))
        except ValueError:
            raise PlanError(
                f'{place}: the seat number would be "{number[: MAX_LENGTH + 1]}", but a seat '
                f"number has 1 to {MAX_LENGTH} letters A to Z and digits."
            ) from None
    return spelled


def _numeric_rows_collide(
    places: Sequence[SeatPlace], rows: Sequence[str], numbers: Sequence[str]
) -> bool:
    row_with: dict[tuple[int, str], str] = {}
    for place, row, number in zip(places, rows, numbers, strict=True):
        other = row_with.setdefault((place.zone_nth, number), row)
        if row.upper() != other.upper() and (row[-1:].isdigit() or other[-1:].isdigit()):
            return True
    return False


def _ensure_unique(places: Sequence[SeatPlace], numbers: Sequence[str]) -> None:
    first_with: dict[str, SeatPlace] = {}
    for place, number in zip(places, numbers, strict=True):
        other = first_with.setdefault(number, place)
        if other is not place:
            raise PlanError(
                f"{place}: the seat number would be {number}, but {other} has it already. "
                "Rename a row or a zone, or number the seats differently."
            )
