"""Seating plans as text, one line a row; docs/seating-plans.md says how it is written.

A   sss_sss
B < sss_sss
"""

import re
from typing import NamedTuple

from movies.seating.json_values import COLOR, UNSAFE, PlanError
from movies.seating.plan import (
    DEFAULT_COLOR,
    MAX_CATEGORY_NAME,
    MAX_NAME,
    MAX_ZONES,
    read_plan,
)

MAX_TEXT = 20_000
MAX_LINE = 500
PITCH = 30
ZONE_GAP = 90
FIRST_ZONE = "Hall"


class Category(NamedTuple):
    name: str
    color: str


DEFAULT_LEGEND = {
    "s": Category("Standard", "#4a7fb5"),
    "p": Category("Premium", "#c8942e"),
    "c": Category("Couple", "#b5507a"),
    "w": Category("Wheelchair", "#3f9d6b"),
    "a": Category("Companion", "#6fbf95"),
    "r": Category("Restricted view", "#9a8fb0"),
}

LABEL = re.compile(r"[A-Za-z0-9]{1,8}")
MARK = re.compile(r"([0-9]{1,5})?(?:\+([1-9][0-9]?))?([<>])")


class TextSeat(NamedTuple):
    letter: str
    column: int
    number: int


class TextRow(NamedTuple):
    """walkways: empty lines between the row above and this one."""

    line: int
    label: str
    walkways: int
    seats: list[TextSeat]


class TextZone(NamedTuple):
    line: int
    name: str
    rows: list[TextRow]


def parse_text(text, name):
    """The JSON form of the plan that the text draws, or PlanError with the line that is wrong."""
    legend, zones = {}, []
    direction, walkways, highest = ">", 0, None
    for nth, line in _lines(text):
        words = line.strip(" ")
        if not words:
            walkways += 1
        elif words.startswith("#"):
            continue
        elif words.startswith("["):
            zones.append(_zone(nth, words, zones))
        elif words.lower().startswith("numbers:"):
            direction = _direction(nth, words)
        elif "=" in words:
            _add_to_legend(legend, nth, words)
        else:
            if not zones:
                zones.append(TextZone(nth, FIRST_ZONE, []))
            label, parts = _parts(nth, line)
            seats = _seats(parts, direction, label, highest)
            if not label:
                highest = max(seat.number for seat in seats)
            zones[-1].rows.append(TextRow(nth, label, walkways, seats))
            walkways = 0
    if not any(zone.rows for zone in zones):
        raise PlanError("The text has no rows. A row is a label and its seats: A ssss_ssss")
    letters = _with_usual_letters(legend)
    for zone in zones:
        _check_zone(zone, letters)
    used = legend.keys() | {
        seat.letter for zone in zones for row in zone.rows for seat in row.seats
    }
    categories = [letters[letter] for letter in letters if letter in used]
    layout = _layout(name, categories, letters, zones)
    read_plan(layout)
    return layout


def _lines(text):
    """(number, line) of each; tabs are spaces."""
    if len(text) > MAX_TEXT:
        raise PlanError(f"The text is longer than {MAX_TEXT:,} characters.")
    lines = list(enumerate(text.replace("\r\n", "\n").replace("\t", " ").split("\n"), 1))
    for nth, line in lines:
        if len(line) > MAX_LINE:
            raise PlanError(f"Line {nth}: longer than {MAX_LINE} characters.")
        if UNSAFE.search(line):
            raise PlanError(f"Line {nth}: has a control character or half a character.")
    return lines


def _zone(nth, words, zones):
    if not words.endswith("]"):
        raise PlanError(f"Line {nth}: close the zone's name with a bracket: [Balcony]")
    name = words[1:-1].strip(" ")
    if len(name) > MAX_NAME:
        raise PlanError(f"Line {nth}: the zone's name is longer than {MAX_NAME} characters.")
    if len(zones) == MAX_ZONES:
        raise PlanError(f"Line {nth}: more than {MAX_ZONES} zones.")
    for zone in zones:
        if zone.name.casefold() == name.casefold():
            raise PlanError(f'Line {nth}: zone "{name}" began in line {zone.line} already.')
    return TextZone(nth, name, [])


def _direction(nth, words):
    side = words.partition(":")[2].strip(" ").lower()
    if side not in ("left", "right"):
        raise PlanError(f"Line {nth}: write numbers: left or numbers: right")
    return ">" if side == "left" else "<"


def _add_to_legend(legend, nth, words):
    letter, _, name = (word.strip(" ") for word in words.partition("="))
    if not re.fullmatch(r"[A-Za-z]", letter):
        raise PlanError(f"Line {nth}: a category has one letter A to Z or a to z: v = VIP #aa3377")
    name, color = _name_and_color(nth, name)
    if not 1 <= len(name) <= MAX_CATEGORY_NAME:
        raise PlanError(f"Line {nth}: a category's name has 1 to {MAX_CATEGORY_NAME} characters.")
    for other_letter, (other, _) in legend.items():
        if letter == other_letter:
            raise PlanError(f'Line {nth}: {letter} stands for "{other}" already.')
        if name.casefold() == other.casefold():
            raise PlanError(f'Line {nth}: "{name}" has the letter {other_letter} already.')
    legend[letter] = Category(name, color)


def _name_and_color(nth, words):
    name, _, last = words.rpartition(" ")
    if not last.startswith("#"):
        usual = {category.name.casefold(): category.color for category in DEFAULT_LEGEND.values()}
        return words, usual.get(words.casefold(), DEFAULT_COLOR)
    for color in (last, last[1:]):  # "#47b" is one, and so is "#teal"
        if COLOR.fullmatch(color):
            return name.rstrip(" "), color
    raise PlanError(f"Line {nth}: {last} is no colour; write one such as #aa3377 or #teal.")


def _with_usual_letters(given):
    """The letters of the text, then the usual ones that it leaves alone."""
    names = {category.name.casefold() for category in given.values()}
    return given | {
        letter: category
        for letter, category in DEFAULT_LEGEND.items()
        if letter not in given and category.name.casefold() not in names
    }


def _parts(nth, line):
    """(label, [(mark or None, seats, the column they begin in)])"""
    first, *rest = re.finditer(r"[^ ]+", line)
    label = first.group()
    if label != "-" and not LABEL.fullmatch(label):
        raise PlanError(
            f"Line {nth}: begin a row with a label of 1 to 8 letters A to Z and digits, "
            "or with - for none, then a space: A ssss_ssss"
        )
    parts, mark, column = [], None, None
    for word in rest:
        is_mark = MARK.fullmatch(word.group())
        if is_mark and not mark:
            mark = is_mark
        elif is_mark or not re.fullmatch(r"[A-Za-z_]+", word.group()):
            raise PlanError(
                f'Line {nth}: "{word.group()[:20]}" is neither seats such as ssss_ssss '
                "nor a direction such as < or 5> or 1+2>."
            )
        elif parts and not mark:
            raise PlanError(f"Line {nth}: a space between seats; type each gap as _")
        else:
            column = word.start() if column is None else column
            parts.append((mark, word.group(), column))
            column += len(word.group())
            mark = None
    if mark:
        raise PlanError(f"Line {nth}: no seats after {mark.group()}")
    if not any(seats.strip("_") for _, seats, _ in parts):
        hint = ' If there is no label, begin with "-".' if len(label) > 2 else ""
        raise PlanError(f"Line {nth}: row {label} has no seats.{hint}")
    return label.removeprefix("-"), parts


def _seats(parts, direction, label, highest):
    """highest: the highest number of the row above that has no label either, if there is one."""
    seats = []
    for mark, letters, column in parts:
        start, step, toward = mark.groups() if mark else (None, None, direction)
        step = int(step or 1)
        if start is None:
            reached = max((seat.number for seat in seats), default=highest)
            start = first_number(label, reached, step)
        start = int(start)
        placed = [(letter, at) for at, letter in enumerate(letters, column) if letter != "_"]
        numbers = range(start, start + step * len(placed), step)
        if toward == "<":
            numbers = reversed(numbers)
        seats += [TextSeat(*place, number) for place, number in zip(placed, numbers, strict=True)]
    return seats


def first_number(label, reached, step):
    """Where numbers begin that do not say it: without a row label they go on from before."""
    return 1 if label or reached is None else reached + step


def _check_zone(zone, legend):
    if not zone.rows:
        raise PlanError(f'Line {zone.line}: zone "{zone.name}" has no rows.')
    line_of = {}
    for row in zone.rows:
        for seat in row.seats:
            if seat.letter not in legend:
                raise PlanError(
                    f"Line {row.line}: {seat.letter} is no category; "
                    f"say what it is on a line such as {seat.letter} = VIP"
                )
            key = row.label.upper(), seat.number
            if key in line_of:
                raise PlanError(
                    f"Line {row.line}: there is a seat {row.label}{seat.number} "
                    f"in line {line_of[key]} already."
                )
            line_of[key] = row.line


def _layout(name, categories, letters, zones):
    columns = [seat.column for zone in zones for row in zone.rows for seat in row.seats]
    left = min(columns)
    zone_layouts, zone_y = [], 0
    for zone in zones:
        rows, y = [], 0
        for row in zone.rows:
            if rows:
                y += PITCH * (1 + row.walkways)
            rows.append(_row_layout(zone.name, row, y, left, letters))
        zone_layouts.append(
            {"name": zone.name, "position": {"x": 0, "y": zone_y}, "rows": rows, "areas": []}
        )
        zone_y += y + ZONE_GAP
    return {
        "name": name,
        "categories": [category._asdict() for category in categories],
        "zones": zone_layouts,
        "size": {"width": PITCH * (max(columns) - left), "height": zone_y - ZONE_GAP},
    }


def _row_layout(zone, row, y, left, letters):
    return {
        "row_number": row.label,
        "row_number_position": "both",
        "position": {"x": 0, "y": y},
        "seats": [
            {
                "seat_guid": f"{zone}-{row.label}-{seat.number}",
                "seat_number": str(seat.number),
                "position": {"x": PITCH * (seat.column - left), "y": 0},
                "category": letters[seat.letter].name,
                "radius": PITCH // 3,
            }
            for seat in row.seats
        ],
    }
