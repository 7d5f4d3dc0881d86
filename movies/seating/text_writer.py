"""Writing a seating plan as text, where the text format can express it."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low
from string import ascii_letters

from movies.seating.json_format import read_plan
from movies.seating.plan import Plan, PlanError, Row
from movies.seating.runs import bends
from movies.seating.text_format import (
    DEFAULT_LEGEND,
    FIRST_ZONE,
    MAX_LINE,
    MAX_TEXT,
    PITCH,
    Category,
    Direction,
    first_number,
    is_label,
    parse_text,
)


def to_text(plan: Plan) -> str | None:
    """Return a text with the same zones, rows, seat numbers and categories, or None.

    None: the text format cannot express the plan. Areas are left out. Positions are the same if
    the plan comes from text, and on the grid of the text if not.
    """
    text = _written(plan)
    if text is None or len(text) > MAX_TEXT:
        return None
    try:
        again = read_plan(parse_text(text, plan.name))
    except PlanError:
        return None
    return text if _expressed(again) == _expressed(plan) else None


def _expressed(plan: Plan) -> tuple[object, ...]:
    """Return the parts of a plan that its text must keep."""
    rows = [(zone.name, row.label, len(row.seats)) for zone in plan.zones for row in zone.rows]
    seats = [(seat.number, seat.seat, seat.category) for seat in plan.seats]
    return list(plan.categories.items()), rows, seats


def _written(plan: Plan) -> str | None:
    zones = [zone for zone in plan.zones if zone.rows]
    rows = plan.rows
    if not all(_is_plain(row) for row in rows) or len(plan.categories) > len(ascii_letters):
        return None
    columns = _columns(rows)
    if max(map(max, columns)) > MAX_LINE:
        return None
    walkways = [above for zone in zones for above in _walkways(zone.rows)]
    if sum(walkways) > MAX_TEXT:
        return None
    letters, lines = _legend(plan)
    if any(zone.areas for zone in plan.zones):
        lines.insert(0, "# Stages, doors and captions of the plan are not part of its text.")
    direction = _main_direction(rows)
    if direction == "<":
        lines.append("numbers: right")
    if lines:
        lines.append("")
    beginnings, bodies = _seats_of(rows, columns, letters, direction)
    widths = [max(map(len, words)) for words in zip(*beginnings, strict=True)]
    written = iter(
        [""] * above + [_aligned(beginning, widths) + body]
        for above, beginning, body in zip(walkways, beginnings, bodies, strict=True)
    )
    for zone in zones:
        if len(zones) > 1 or zone.name != FIRST_ZONE:
            lines.append(f"[{zone.name}]")
        for _ in zone.rows:
            lines += next(written)
        lines.append("")
    return "\n".join(lines)


def _aligned(words: Sequence[str], widths: Sequence[int]) -> str:
    """Return each word as wide as its column and two spaces; nothing for an empty column."""
    return "".join(
        word.ljust(width + 2) for word, width in zip(words, widths, strict=True) if width
    )


def _is_plain(row: Row) -> bool:
    """Return whether labels and numbers are as in text, and seats listed from left to right."""
    numbers = [seat.seat for seat in row.seats]
    return (
        (row.label == "" or is_label(row.label))
        and all(n.isascii() and n.isdigit() and n == str(int(n)) for n in numbers)
        and [seat for run in row.runs for seat in run] == list(row.seats)
        and not bends(row.seats)
    )


def _legend(plan: Plan) -> tuple[dict[str, str], list[str]]:
    """Return {category: letter} and the legend lines.

    Default categories at the end of the plan's list need no line: there the text puts them too.
    """
    used = {seat.category for seat in plan.seats}
    default_letter = {category: letter for letter, category in DEFAULT_LEGEND.items()}
    declared = [Category(*item) for item in plan.categories.items()]
    letters: dict[str, str] = {}
    undeclared = list(default_letter)
    while declared and declared[-1] in undeclared and declared[-1].name in used:
        category = declared.pop()
        letters[category.name] = default_letter[category]
        undeclared = undeclared[: undeclared.index(category)]
    lines = []
    for name, color in declared:
        wished = [letter for (default, _), letter in default_letter.items() if default == name]
        wished += "".join(letter.lower() + letter.upper() for letter in name)
        letters[name] = next(
            letter
            for letter in [*wished, *ascii_letters]
            if letter in ascii_letters and letter not in letters.values()
        )
        lines.append(f"{letters[name]} = {name} #{color.removeprefix('#')}")
    return letters, lines


def _columns(rows: Sequence[Row]) -> list[list[int]]:
    """Return the column of each seat of each row.

    Neighbours are in adjacent columns; between two runs at least one column is empty.
    """
    steps = [abs(b.x - a.x) for row in rows for run in row.runs for a, b in pairwise(run)]
    spacing = next((row.spacing for row in rows if row.spacing), 0)
    pitch = max(spacing or (median_low(steps) if steps else PITCH), 1)
    left = min(seat.x for row in rows for seat in row.seats)
    columns = []
    for row in rows:
        places: list[int] = []
        for run in row.runs:
            column = round((run[0].x - left) / pitch)
            column = max(column, places[-1] + 2) if places else column
            places += range(column, column + len(run))
        columns.append(places)
    return columns


def _walkways(rows: Sequence[Row]) -> list[int]:
    """Return the number of empty lines above each row of a zone."""
    steps = [round(below.y - above.y, 6) for above, below in pairwise(rows)]
    usual = max(rows[0].spacing or (median_low(steps) if steps else PITCH), 1)
    return [0, *(max(round(step / usual) - 1, 0) for step in steps)]


def _main_direction(rows: Sequence[Row]) -> Direction:
    """Return the direction in which the numbers of most rows rise."""
    rising = sum(int(row.seats[0].seat) < int(row.seats[-1].seat) for row in rows)
    falling = sum(int(row.seats[0].seat) > int(row.seats[-1].seat) for row in rows)
    return "<" if falling > rising else ">"


def _seats_of(
    rows: Sequence[Row],
    columns: Sequence[Sequence[int]],
    letters: dict[str, str],
    direction: Direction,
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (label, first mark) of each row, and the rest of each line."""
    beginnings, bodies = [], []
    highest: int | None = None
    for row, places in zip(rows, columns, strict=True):
        numbers = [int(seat.seat) for seat in row.seats]
        first_mark, body, at = "", " " * places[0], places[0]
        for start, end in _parts(numbers):
            reached = max(numbers[:start], default=highest)
            mark = _mark(numbers[start:end], row.label, reached, direction)
            if start == 0:
                first_mark = mark
            else:
                body += "_" * (places[start] - at) + f" {mark or direction} "
                at = places[start]
            for seat, place in zip(row.seats[start:end], places[start:end], strict=True):
                body += "_" * (place - at) + letters[seat.category]
                at = place + 1
        if not row.label:
            highest = max(numbers)
        beginnings.append((row.label or "-", first_mark))
        bodies.append(body)
    return beginnings, bodies


def _parts(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return (start, end) of the stretches that rise or fall by one step."""
    parts, start = [], 0
    while start < len(numbers):
        end = start + 1
        while end < len(numbers) and (
            numbers[end] - numbers[end - 1] == numbers[start + 1] - numbers[start]
        ):
            end += 1
        parts.append((start, end))
        start = end
    return parts


def _mark(numbers: Sequence[int], label: str, reached: int | None, direction: Direction) -> str:
    """Return how the numbers run, such as "5>" or "1+2<"; "" if the text runs so anyway."""
    step, toward = 1, direction
    if len(numbers) > 1:
        step = abs(numbers[1] - numbers[0])
        toward = ">" if numbers[1] > numbers[0] else "<"
    mark = "" if min(numbers) == first_number(label, reached, step) else str(min(numbers))
    if step != 1:
        mark += f"+{step}"
    return mark + toward if mark or toward != direction else ""
