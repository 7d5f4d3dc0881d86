"""What the seats of a plan are called, each by a label of its own."""

import re
import string
import unicodedata

from movies.seating.json_values import PlanError
from movies.seating.numbers import MAX_LENGTH, seat_number_from

LEFT_OUT = str.maketrans("", "", " " + string.punctuation)


def _plain(text):
    """Without punctuation and accents: "Box (é)" is "Boxe"."""
    parts = unicodedata.normalize("NFD", text.translate(LEFT_OUT))
    return "".join(part for part in parts if not unicodedata.combining(part))


def seat_labels(seats):
    """A label for each (zone's place in the plan, zone, row, seat), in order, or PlanError.

    Row and seat make the label: A12. Where numeric rows collide inside a zone (row 1 seat 11,
    row 11 seat 1), an S parts them in the whole plan: 1S11. Zones that still share a label all
    put their names in front: BALCONYA12.
    """
    parts = [(_plain(row), _plain(seat)) for _, _, row, seat in seats]
    labels = _spelled(seats, [row + seat for row, seat in parts])
    if _numeric_rows_collide(seats, parts, labels):
        labels = _spelled(seats, [row + "S" * row[-1:].isdigit() + seat for row, seat in parts])
    zones_with = {}
    for (nth, *_), label in zip(seats, labels, strict=True):
        zones_with.setdefault(label, set()).add(nth)
    shared = set().union(*(zones for zones in zones_with.values() if len(zones) > 1))
    if shared:
        labels = [
            re.sub(r"[^A-Za-z0-9]", "", zone) + label if nth in shared else label
            for (nth, zone, _, _), label in zip(seats, labels, strict=True)
        ]
        labels = _spelled(seats, labels)
    _refuse_twins(seats, labels)
    return labels


def _spelled(seats, labels):
    spelled = []
    for seat, label in zip(seats, labels, strict=True):
        try:
            spelled.append(seat_number_from(label))
        except ValueError:
            raise PlanError(
                f'{_place(seat)}: its label would be "{label[: MAX_LENGTH + 1]}", but a label has '
                f"1 to {MAX_LENGTH} letters A to Z and digits."
            ) from None
    return spelled


def _numeric_rows_collide(seats, parts, labels):
    row_of = {}
    for (nth, *_), (row, _), label in zip(seats, parts, labels, strict=True):
        other = row_of.setdefault((nth, label), row)
        if row.upper() != other.upper() and (row[-1:].isdigit() or other[-1:].isdigit()):
            return True
    return False


def _refuse_twins(seats, labels):
    first = {}
    for seat, label in zip(seats, labels, strict=True):
        other = first.setdefault(label, seat)
        if other is not seat:
            raise PlanError(
                f"{_place(seat)}: its label would be {label}, but so is that of {_place(other)}."
            )


def _place(seat):
    nth, zone, row, number = seat
    words = [f'Zone "{zone}"' if zone else f"Zone {nth}"]
    if row:
        words.append(f"row {row}")
    return ", ".join([*words, f"seat {number}" if number else "a seat without a number"])
