"""A seating plan written in the text form, where the text form can say it."""

from itertools import pairwise
from statistics import median_low
from string import ascii_letters

from movies.seating.json_values import PlanError
from movies.seating.plan import read_plan
from movies.seating.text_format import (
    DEFAULT_LEGEND,
    FIRST_ZONE,
    LABEL,
    MAX_LINE,
    MAX_TEXT,
    PITCH,
    first_number,
    parse_text,
)


def to_text(plan):
    """Text that gives the same zones, rows, labels and categories in the same order, or None.

    Areas are left out. Positions are the same if the plan came from text, and close if not.
    """
    text = _written(plan)
    if text is None or len(text) > MAX_TEXT:
        return None
    try:
        again = read_plan(parse_text(text, plan.name))
    except PlanError:
        return None
    return text if _said(again) == _said(plan) else None


def _said(plan):
    rows = [(zone.name, row.label, len(row.seats)) for zone in plan.zones for row in zone.rows]
    seats = [(seat.number, seat.seat, seat.category) for seat in plan.seats]
    return list(plan.categories.items()), rows, seats


def _written(plan):
    zones = [zone for zone in plan.zones if zone.rows]
    rows = [row for zone in zones for row in zone.rows]
    if not all(_is_plain(row) for row in rows) or len(plan.categories) > len(ascii_letters):
        return None
    columns = _columns(rows)
    if max(map(max, columns)) > MAX_LINE:
        return None
    walkways = [above for zone in zones for above in _walkways(zone.rows)]
    if sum(walkways) > MAX_TEXT:
        return None
    letters, lines = _legend(plan)
    if any(area for zone in plan.zones for area in zone.areas):
        lines.insert(0, "# Stages, doors and words of the plan are not part of its text.")
    direction = _usual_direction(rows)
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


def _aligned(words, widths):
    """Each word as wide as its column, two spaces after it; nothing for an empty column."""
    return "".join(
        word.ljust(width + 2) for word, width in zip(words, widths, strict=True) if width
    )


def _is_plain(row):
    """Labels and numbers as in text, seats listed from left to right."""
    numbers = [seat.seat for seat in row.seats]
    return (
        (row.label == "" or LABEL.fullmatch(row.label))
        and all(n.isascii() and n.isdigit() and n == str(int(n)) for n in numbers)
        and [seat for run in row.runs for seat in run] == list(row.seats)
    )


def _legend(plan):
    """({category: letter}, lines): lines for all but the usual categories at the end."""
    used = {seat.category for seat in plan.seats}
    usual = {category: letter for letter, category in DEFAULT_LEGEND.items()}
    declared, letters = list(plan.categories.items()), {}
    unsaid = list(usual)
    while declared and declared[-1] in unsaid and declared[-1][0] in used:
        category = declared.pop()
        letters[category[0]] = usual[category]
        unsaid = unsaid[: unsaid.index(category)]
    lines = []
    for name, color in declared:
        wished = [usual[category] for category in usual if category.name == name]
        wished += "".join(letter.lower() + letter.upper() for letter in name)
        letters[name] = next(
            letter
            for letter in [*wished, *ascii_letters]
            if letter in ascii_letters and letter not in letters.values()
        )
        lines.append(f"{letters[name]} = {name} #{color.removeprefix('#')}")
    return letters, lines


def _columns(rows):
    """The column of each seat of each row: beside its neighbour, or at least one gap away."""
    steps = [abs(b.x - a.x) for row in rows for run in row.runs for a, b in pairwise(run)]
    spacing = next((row.spacing for row in rows if row.spacing), 0)
    pitch = max(spacing or (median_low(steps) if steps else PITCH), 1)
    left = min(seat.x for row in rows for seat in row.seats)
    columns = []
    for row in rows:
        places = []
        for run in row.runs:
            column = round((run[0].x - left) / pitch)
            column = max(column, places[-1] + 2) if places else column
            places += range(column, column + len(run))
        columns.append(places)
    return columns


def _walkways(rows):
    """The empty lines above each row of a zone."""
    steps = [round(below.y - above.y, 6) for above, below in pairwise(rows)]
    usual = max(rows[0].spacing or (median_low(steps) if steps else PITCH), 1)
    return [0, *(max(round(step / usual) - 1, 0) for step in steps)]


def _usual_direction(rows):
    """The one that more rows have."""
    rising = sum(int(row.seats[0].seat) < int(row.seats[-1].seat) for row in rows)
    falling = sum(int(row.seats[0].seat) > int(row.seats[-1].seat) for row in rows)
    return "<" if falling > rising else ">"


def _seats_of(rows, columns, letters, direction):
    """([(label, first mark)], [all that follows]) of the rows."""
    beginnings, bodies, highest = [], [], None
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


def _parts(numbers):
    """(start, end) of the stretches that go up or down by one step."""
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


def _mark(numbers, label, reached, direction):
    """ "" where nothing need be said."""
    step, toward = 1, direction
    if len(numbers) > 1:
        step = abs(numbers[1] - numbers[0])
        toward = ">" if numbers[1] > numbers[0] else "<"
    said = "" if min(numbers) == first_number(label, reached, step) else str(min(numbers))
    if step != 1:
        said += f"+{step}"
    return said + toward if said or toward != direction else ""
