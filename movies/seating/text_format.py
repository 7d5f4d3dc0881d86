"""Seating plans typed as text, one line for each row; docs/seating-plans.md has the rules.

A   sss_sss
B < sss_sss
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from core.names import name_key
from movies.seating.faults import Faults
from movies.seating.json_format import DEFAULT_COLOR, read_plan
from movies.seating.json_values import JSONObject
from movies.seating.limits import (
    COLOR,
    MAX_CATEGORY_NAME,
    MAX_NAME,
    MAX_ZONES,
    unsafe_character_in,
)
from movies.seating.plan import PlanError

MAX_TEXT = 20_000  # characters
MAX_LINE = 500  # characters
PITCH = 30  # plan units from one column or row to the next
ZONE_GAP = 90  # plan units from the last row of a zone to the first of the next
FIRST_ZONE = "Hall"  # of rows before the first [zone] line

Direction = Literal["<", ">"]  # numbers rise to the left, to the right


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

MAX_LABEL = 8  # characters of a row label
MARK = re.compile(r"([0-9]{1,5})?(?:\+([1-9][0-9]?))?([<>])")


class Mark(NamedTuple):
    """How the seats behind it are numbered: "5>" or "1+2<". start: None if it is not given."""

    text: str
    start: int | None
    step: int
    direction: Direction


class Part(NamedTuple):
    """Seats of a row that are numbered together. column: where they begin in the line."""

    mark: Mark | None
    letters: str
    column: int


class TextSeat(NamedTuple):
    letter: str
    column: int
    number: int


class TextRow(NamedTuple):
    """walkways: the number of empty lines between the row above and this one."""

    line: int
    label: str
    walkways: int
    seats: list[TextSeat]


class TextZone(NamedTuple):
    line: int
    name: str
    rows: list[TextRow]


class _Typed:
    """What the lines of a text say. Reading goes on after a line with a fault.

    unclear: letters whose line in the legend has a fault. nameless: the lines of zones whose name
    has one. faulty: the lines of zones that have a fault in any line.
    """

    def __init__(self, faults: Faults) -> None:
        self.legend: dict[str, Category] = {}
        self.zones: list[TextZone] = []
        self.unclear: set[str] = set()
        self.nameless: set[int] = set()
        self.faulty: set[int] = set()
        self._faults = faults
        self._direction: Direction = ">"
        self._walkways = 0
        self._highest: int | None = None  # number of the rows without label so far

    def read(self, nth: int, line: str) -> None:
        before = len(self._faults)
        self._faults.tried(None, self._read, nth, line)
        if len(self._faults) > before and self.zones:
            self.faulty.add(self.zones[-1].line)

    def _read(self, nth: int, line: str) -> None:
        _check_line(nth, line)
        words = line.strip(" ")
        if not words:
            self._walkways += 1
        elif words.startswith("#"):
            return
        elif words.startswith("["):
            self._read_zone(nth, words)
        elif words.lower().startswith("numbers:"):
            self._direction = _direction(nth, words)
        elif "=" in words:
            before = set(self.legend)
            self.unclear.add(words[0])
            _add_to_legend(self.legend, nth, words)
            self.unclear -= self.legend.keys() - before
        else:
            self._read_row(nth, line)

    def _read_zone(self, nth: int, words: str) -> None:
        others = list(self.zones)
        # The rows below must not be taken for rows of the zone above if this line has a fault.
        self.zones.append(TextZone(nth, "", []))
        self.nameless.add(nth)
        self.zones[-1] = _zone(nth, words, others)
        self.nameless.discard(nth)

    def _read_row(self, nth: int, line: str) -> None:
        if not self.zones:
            self.zones.append(TextZone(nth, FIRST_ZONE, []))
        label, parts = _label_and_parts(nth, line)
        seats = _seats(parts, self._direction, label, self._highest)
        if not label:
            self._highest = max(seat.number for seat in seats)
        self.zones[-1].rows.append(TextRow(nth, label, self._walkways, seats))
        self._walkways = 0


def parse_text(
    text: str, name: str, *, is_sold_in_pairs: Callable[[str], bool] | None = None
) -> JSONObject:
    """Return the JSON of the plan that the text describes, with `name` as its name.

    is_sold_in_pairs: as in `read_plan`. Raises PlanError with all faults, which names the lines.
    """
    if len(text) > MAX_TEXT:
        raise PlanError(f"The text is longer than {MAX_TEXT:,} characters.")
    faults = Faults()
    typed = _Typed(faults)
    for nth, line in enumerate(text.replace("\r\n", "\n").replace("\t", " ").split("\n"), 1):
        typed.read(nth, line)
    if not any(zone.rows for zone in typed.zones):
        if not faults:
            faults.add("The text has no rows. A row is a label and its seats: A ssss_ssss")
        faults.raise_all()
    letters = _with_default_letters(typed.legend)
    zones = [_without_faults(zone, letters, typed, faults) for zone in typed.zones]
    zones = [zone for zone in zones if zone.rows and zone.line not in typed.nameless]
    if not zones:
        faults.raise_all()
    used = {seat.letter for zone in zones for row in zone.rows for seat in row.seats}
    categories = [
        category for letter, category in letters.items() if letter in typed.legend or letter in used
    ]
    layout = _layout(name, categories, letters, zones)
    lines = [row.line for zone in zones for row in zone.rows]
    faults.tried(None, read_plan, layout, lines=lines, is_sold_in_pairs=is_sold_in_pairs)
    faults.raise_all()
    return layout


def _check_line(nth: int, line: str) -> None:
    if len(line) > MAX_LINE:
        raise PlanError(f"Line {nth}: longer than {MAX_LINE} characters.")
    if unsafe := unsafe_character_in(line):
        raise PlanError(
            f"Line {nth}: has a control character ({unsafe}); delete it, or type the line again."
        )


def _zone(nth: int, words: str, zones: Sequence[TextZone]) -> TextZone:
    if not words.endswith("]"):
        raise PlanError(f"Line {nth}: close the zone's name with a bracket: [Balcony]")
    name = words[1:-1].strip(" ")
    if len(name) > MAX_NAME:
        raise PlanError(f"Line {nth}: the zone's name is longer than {MAX_NAME} characters.")
    if len(zones) == MAX_ZONES:
        raise PlanError(f"Line {nth}: more than {MAX_ZONES} zones.")
    for zone in zones:
        if name_key(zone.name) == name_key(name):
            raise PlanError(
                f'Line {nth}: zone "{name}" began in line {zone.line}; keep its rows together.'
            )
    return TextZone(nth, name, [])


def _direction(nth: int, words: str) -> Direction:
    match words.partition(":")[2].strip(" ").lower():
        case "left":
            return ">"
        case "right":
            return "<"
    raise PlanError(f'Line {nth}: write "numbers: left" or "numbers: right".')


def _add_to_legend(legend: dict[str, Category], nth: int, words: str) -> None:
    letter, _, name = (word.strip(" ") for word in words.partition("="))
    if not re.fullmatch(r"[A-Za-z]", letter):
        raise PlanError(f"Line {nth}: a category has one letter A to Z or a to z: v = VIP #aa3377")
    name, color = _name_and_color(nth, name)
    if not 1 <= len(name) <= MAX_CATEGORY_NAME:
        raise PlanError(f"Line {nth}: a category's name has 1 to {MAX_CATEGORY_NAME} characters.")
    for other_letter, other in legend.items():
        if letter == other_letter:
            raise PlanError(f'Line {nth}: {letter} stands for "{other.name}" already.')
        if name_key(name) == name_key(other.name):
            raise PlanError(f'Line {nth}: "{name}" has the letter {other_letter} already.')
    legend[letter] = Category(name, color)


def _name_and_color(nth: int, words: str) -> tuple[str, str]:
    name, _, last = words.rpartition(" ")
    if not last.startswith("#"):
        default = {name_key(category.name): category.color for category in DEFAULT_LEGEND.values()}
        return words, default.get(name_key(words), DEFAULT_COLOR)
    for color in (last, last[1:]):  # "#47b" is a colour, and so is "#teal".
        if COLOR.fullmatch(color):
            return name.rstrip(" "), color
    raise PlanError(f"Line {nth}: {last} is not a colour; write one such as #aa3377 or #teal.")


def _with_default_letters(legend: Mapping[str, Category]) -> dict[str, Category]:
    """Return the legend of the text, then the default letters whose category it leaves alone."""
    names = {name_key(category.name) for category in legend.values()}
    return {**legend} | {
        letter: category
        for letter, category in DEFAULT_LEGEND.items()
        if letter not in legend and name_key(category.name) not in names
    }


def _label_and_parts(nth: int, line: str) -> tuple[str, list[Part]]:
    """Return the label of a row, "" for none, and its seats, still without numbers."""
    first, *rest = re.finditer(r"[^ ]+", line)
    label = first.group()
    if label != "-" and not is_label(label):
        raise PlanError(
            f"Line {nth}: begin a row with a label of 1 to {MAX_LABEL} letters and digits, "
            "or with - for none, then a space: A ssss_ssss"
        )
    parts: list[Part] = []
    mark: Mark | None = None
    column: int | None = None
    for word in rest:
        found = _mark(word.group())
        if found and not mark:
            mark = found
        elif found or not re.fullmatch(r"[A-Za-z_]+", word.group()):
            raise PlanError(
                f'Line {nth}: "{word.group()[:20]}" is neither seats such as ssss_ssss '
                "nor a direction such as < or 5> or 1+2>."
            )
        elif parts and not mark:
            raise PlanError(f"Line {nth}: a space between seats; type each gap as _")
        else:
            column = word.start() if column is None else column
            parts.append(Part(mark, word.group(), column))
            column += len(word.group())
            mark = None
    if mark:
        raise PlanError(f"Line {nth}: no seats after {mark.text}")
    if not any(part.letters.strip("_") for part in parts):
        hint = ""
        if len(label) > 2 and label.isalpha():
            hint = f" If {label} are its seats, put a label or - in front: - {label}"
        raise PlanError(f"Line {nth}: row {label} has no seats.{hint}")
    return label.removeprefix("-"), parts


def is_label(word: str) -> bool:
    """Return whether the word can be typed as the label of a row: letters and digits."""
    kinds = [unicodedata.category(letter)[0] for letter in word]
    return len(word) <= MAX_LABEL and set(kinds) <= {*"LMN"} and kinds[:1] != ["M"] and word != ""


def _mark(word: str) -> Mark | None:
    found = MARK.fullmatch(word)
    if found is None:
        return None
    start, step, side = found.groups()
    direction: Direction = "<" if side == "<" else ">"
    return Mark(word, int(start) if start else None, int(step or 1), direction)


def _seats(
    parts: Sequence[Part], direction: Direction, label: str, highest: int | None
) -> list[TextSeat]:
    """Number the seats of a row.

    `direction` holds for parts without a mark; `highest` is the highest number of the rows
    without label above, if there are any.
    """
    seats: list[TextSeat] = []
    for mark, letters, column in parts:
        mark = mark or Mark("", None, 1, direction)
        start = mark.start
        if start is None:
            reached = max((seat.number for seat in seats), default=highest)
            start = first_number(label, reached, mark.step)
        placed = [(letter, at) for at, letter in enumerate(letters, column) if letter != "_"]
        numbers = range(start, start + mark.step * len(placed), mark.step)
        if mark.direction == "<":
            numbers = numbers[::-1]
        seats += [TextSeat(*place, number) for place, number in zip(placed, numbers, strict=True)]
    return seats


def first_number(label: str, reached: int | None, step: int) -> int:
    """Return where numbers start that the text does not give.

    1, but rows without label continue after `reached`, the highest number before them.
    """
    return 1 if label or reached is None else reached + step


def _without_faults(
    zone: TextZone, letters: Mapping[str, Category], typed: _Typed, faults: Faults
) -> TextZone:
    """Return the zone with the rows that have no fault.

    Faults are a zone without rows, an unknown letter, and a seat that comes twice.
    """
    if not zone.rows and zone.line not in typed.faulty:
        faults.add(f'Line {zone.line}: zone "{zone.name}" has no rows.')
    line_of: dict[tuple[str, int], int] = {}
    rows = []
    for row in zone.rows:
        before = len(faults)
        unknown = dict.fromkeys(s.letter for s in row.seats if s.letter not in letters)
        for letter in unknown:
            if letter not in typed.unclear:
                faults.add(
                    f"Line {row.line}: {letter} is not a category; "
                    f"add a line such as {letter} = VIP"
                )
        repeated: dict[int, int] = {}  # {line that has the seat already: its number}
        for seat in row.seats:
            key = row.label.upper(), seat.number
            if key in line_of:
                repeated.setdefault(line_of[key], seat.number)
            else:
                line_of[key] = row.line
        for line, number in repeated.items():
            faults.add(
                f"Line {row.line}: there is a seat {row.label}{number} in line {line} already."
            )
        if not unknown and len(faults) == before:
            rows.append(row)
    return zone._replace(rows=rows)


def _layout(
    name: str,
    categories: Sequence[Category],
    letters: Mapping[str, Category],
    zones: Sequence[TextZone],
) -> JSONObject:
    columns = [seat.column for zone in zones for row in zone.rows for seat in row.seats]
    left = min(columns)
    zone_layouts: list[JSONObject] = []
    zone_y = 0
    for zone in zones:
        rows: list[JSONObject] = []
        y = 0
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


def _row_layout(
    zone: str, row: TextRow, y: int, left: int, letters: Mapping[str, Category]
) -> JSONObject:
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
