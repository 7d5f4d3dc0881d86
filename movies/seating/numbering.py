"""A unique seat number for every seat of a plan."""

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from core.names import name_key
from movies.seating.numbers import MAX_LENGTH, seat_number_from
from movies.seating.plan import PlanError
from movies.seating.short_names import numbered_names, short_name, short_names

IGNORED = str.maketrans("", "", " " + string.punctuation)


class SeatPlace(NamedTuple):
    """Where a seat is, as the plan spells it. zone_nth counts zones from 1, as names may repeat.

    line: the line of its row where the plan is typed, otherwise 0.
    """

    zone_nth: int
    zone: str
    row: str
    seat: str
    line: int = 0

    def __str__(self) -> str:
        """Return such as 'Zone "Hall", row A, seat 1' or 'Line 4, zone "Hall", row A, seat 1'."""
        zone = "zone" if self.line else "Zone"
        words = [f"Line {self.line}"] if self.line else []
        words.append(f'{zone} "{self.zone}"' if self.zone else f"{zone} {self.zone_nth}")
        if self.row:
            words.append(f"row {self.row}")
        words.append(f"seat {self.seat}" if self.seat else "a seat without a number")
        return ", ".join(words)


def seat_numbers_of(places: Sequence[SeatPlace]) -> list[str]:
    """Return the seat number of each place, in order. Raises PlanError if two are the same.

    Row label and seat make the seat number: A12. `_brief_numbers` is the rule for most halls, and
    `_separated_numbers` for all others. Seats are sold under these numbers, so a plan that has
    numbers by the first rule keeps them.
    """
    try:
        return _brief_numbers(places)
    except PlanError:
        return _separated_numbers(places)


def _brief_numbers(places: Sequence[SeatPlace]) -> list[str]:
    """Return row label and seat, A12. Raises PlanError.

    Two things make it longer where needed:

    - Row 1 seat 11 and row 11 seat 1 of a zone would both be 111. Then all rows of the plan whose
      label ends in a digit get an S behind it: 1S11.
    - Zones that share a seat number put their names in front of all of their seat numbers:
      BALCONYA12.
    """
    parts = [(_plain(place.row), _plain(place.seat)) for place in places]
    numbers = _spelled(places, (row + seat for row, seat in parts))
    if _numeric_rows_collide(places, [row for row, _ in parts], numbers):
        numbers = _spelled(places, (row + "S" * row[-1:].isdigit() + seat for row, seat in parts))
    if shared := _zones_that_share(places, numbers):
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


def _separated_numbers(places: Sequence[SeatPlace]) -> list[str]:
    """Return zone, row and seat in letters A to Z and digits. Raises PlanError with all faults.

    Where two digits meet, a letter is put between them: R before a row, S before a seat. So row 11
    seat 1 of block 1 is BLOCK1R11S1, and seat 1 of table 11 is TABLE11S1. As in the first rule
    only zones that share a seat number put their names in front. Where that does not do, the
    letters are put everywhere; and where that does not do, zones and rows are numbered: Z2R5S1.
    """
    _ensure_different_places(places)
    hall = _Names(places)
    shared = _zones_that_share(places, hall.numbers(set(), is_everywhere=False))
    numbers = hall.numbers(shared, is_everywhere=False)
    if _are_good(numbers):
        return _spelled(places, numbers)
    every_zone = {place.zone_nth for place in places}
    numbers = hall.numbers(every_zone, is_everywhere=True)
    if not _are_good(numbers):
        numbers = _Names(places, are_numbered=True).numbers(every_zone, is_everywhere=True)
    numbers = _spelled(places, numbers)
    _ensure_unique(places, numbers)
    return numbers


def brief_number_of(row: str, seat: str) -> str:
    """Return row label and seat in one word, A12; "" if they make no seat number."""
    try:
        return seat_number_from(_plain(row) + _plain(seat))
    except ValueError:
        return ""


class _Names:
    """The short names of the zones, the rows and the seats of a hall."""

    def __init__(self, places: Sequence[SeatPlace], *, are_numbered: bool = False) -> None:
        named = numbered_names if are_numbered else short_names
        zones: dict[int, str] = {}
        rows: dict[int, dict[str, str]] = {}
        seats: dict[tuple[int, str], dict[str, str]] = {}
        for place in places:
            row = name_key(place.row)
            zones[place.zone_nth] = place.zone
            rows.setdefault(place.zone_nth, {})[row] = place.row
            seats.setdefault((place.zone_nth, row), {})[_seat_key(place)] = place.seat
        self._places = places
        self._zones = named(zones, "Z")
        self._rows = {zone: named(of_zone, "R") for zone, of_zone in rows.items()}
        self._seats = {row: short_names(of_row, "S") for row, of_row in seats.items()}

    def numbers(self, of_zones: Set[int], *, is_everywhere: bool) -> list[str]:
        """Return the seat numbers; those of seats in these zones begin with the zone's name.

        is_everywhere: letters separate zone, row and seat even where no two digits meet.
        """
        numbers = []
        for place in self._places:
            row = name_key(place.row)
            number = self._zones[place.zone_nth] if place.zone_nth in of_zones else ""
            number = _joined(number, "R", self._rows[place.zone_nth][row], is_everywhere)
            seat = self._seats[place.zone_nth, row][_seat_key(place)]
            numbers.append(_joined(number, "S", seat, is_everywhere))
        return numbers


def _seat_key(place: SeatPlace) -> str:
    """Return what all spellings of a seat share: "07" is "7"."""
    return re.sub(r"^0+(?=[0-9])", "", name_key(place.seat))


def _joined(before: str, letter: str, after: str, is_everywhere: bool) -> str:
    digits_meet = before[-1:].isdigit() and after[:1].isdigit()
    is_separated = digits_meet or (is_everywhere and before and after)
    # A numbered row, R5, has its letter already.
    if is_separated and not re.fullmatch(rf"{letter}[0-9]+", after):
        return before + letter + after
    return before + after


def _are_good(numbers: Sequence[str]) -> bool:
    """Return whether these are seat numbers, all different."""
    try:
        return len({seat_number_from(number) for number in numbers}) == len(numbers)
    except ValueError:
        return False


def _zones_that_share(places: Sequence[SeatPlace], numbers: Sequence[str]) -> set[int]:
    """Return the zones that have a seat number of another zone."""
    zones_with: dict[str, set[int]] = {}
    for place, number in zip(places, numbers, strict=True):
        zones_with.setdefault(number, set()).add(place.zone_nth)
    return {nth for zones in zones_with.values() if len(zones) > 1 for nth in zones}


def _ensure_different_places(places: Sequence[SeatPlace]) -> None:
    """Raise PlanError for seats without row and number, and for seats that are written the same."""
    first_with: dict[tuple[str | int, str, str], SeatPlace] = {}
    faults = []
    for place in places:
        zone = name_key(place.zone) or place.zone_nth
        other = first_with.setdefault((zone, name_key(place.row), _seat_key(place)), place)
        if not place.row.strip() and not place.seat.strip():
            faults.append(_unusable(place, ""))
        elif other is not place:
            zone_name = place.zone if place.zone_nth != other.zone_nth else ""
            names = (zone_name, place.row, place.seat)
            number = "".join(short_name(name) or "" for name in names)
            faults.append(_collision(place, other, number))
    if faults:
        raise PlanError(*faults)


def _unusable(place: SeatPlace, number: str) -> str:
    return (
        f'{place}: the seat number would be "{number[: MAX_LENGTH + 1]}", but a seat '
        f"number has 1 to {MAX_LENGTH} letters A to Z and digits."
    )


def _collision(place: SeatPlace, other: SeatPlace, number: str) -> str:
    return (
        f"{place}: the seat number would be {number}, but {other} has it already. "
        "Rename a row or a zone, or number the seats differently."
    )


def _plain(text: str) -> str:
    """Return the text without punctuation and accents: "Box (é)" is "Boxe"."""
    parts = unicodedata.normalize("NFD", text.translate(IGNORED))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _spelled(places: Sequence[SeatPlace], numbers: Iterable[str]) -> list[str]:
    spelled = []
    faults = []
    for place, number in zip(places, numbers, strict=True):
        try:
            spelled.append(seat_number_from(number))
        except ValueError:
            faults.append(_unusable(place, number))
    if faults:
        raise PlanError(*faults)
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
    faults = []
    for place, number in zip(places, numbers, strict=True):
        other = first_with.setdefault(number, place)
        if other is not place:
            faults.append(_collision(place, other, number))
    if faults:
        raise PlanError(*faults)
