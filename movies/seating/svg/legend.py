"""The legend below the hall: categories, then statuses, each with its number of seats."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import fsum
from typing import NamedTuple

from movies.seating.plan import Plan
from movies.seating.svg.seats import MARKS, SeatShape, Symbol, single_outline
from movies.seating.svg.sheet import (
    INK,
    LINE,
    SOFT_INK,
    TAKEN,
    Box,
    Sheet,
    cut,
    escaped,
    safe_color,
    short,
    text_width,
)


class _Entry(NamedTuple):
    symbol: Symbol
    color: str
    name: str
    seats: int

    def fitted(self, room: float) -> "_Entry":
        return self._replace(name=cut(self.name, 13, room - 110))

    @property
    def width(self) -> float:
        return text_width(f"{self.name} {self.seats}", 13) + 44


def counts_by_category(plan: Plan) -> dict[str, int]:
    """Return {category: number of seats} in the plan's order, without empty categories."""
    counts = Counter(seat.category for seat in plan.seats)
    return {category: counts[category] for category in plan.categories if counts[category]}


def draw_legend(
    sheet: Sheet,
    plan: Plan,
    statuses: Counter[str],
    shapes: Mapping[str, SeatShape],
    words: Mapping[str, str],
    *,
    middle: float,
    room: float,
    prefix: str,
) -> set[Symbol]:
    """Draw the legend `room` wide around x = `middle`. Return the symbols that it uses.

    `words` are the names of the statuses, `prefix` is that of the ids of the symbols.
    """
    categories = [
        _Entry(
            Symbol(single_outline(name, shapes), "available"),
            safe_color(plan.categories[name], TAKEN),
            name,
            seats,
        )
        for name, seats in counts_by_category(plan).items()
    ]
    by_status = [
        _Entry(Symbol("chair", status), "#56647a", words[status].capitalize(), statuses[status])
        for status in MARKS
        if statuses[status]
    ]
    left, y = middle - room / 2, sheet.box.bottom + 30
    rule = f'<path d="M{short(left)} {short(y)}h{short(room)}" stroke="{LINE}"/>'
    sheet.put(rule, Box(left, y, left + room, y))
    for line in [*_lines(categories, room), *_lines(by_status, room)]:
        y += 30
        x = middle - fsum(entry.width for entry in line) / 2
        for entry in line:
            sheet.put(
                f'<use href="#{prefix}-{entry.symbol.name}" color="{entry.color}" '
                f'transform="translate({short(x + 11)} {short(y)}) scale(.75)"/>'
                f'<text x="{short(x + 26)}" y="{short(y + 4.5)}" font-size="13" fill="{INK}">'
                f'{escaped(entry.name)} <tspan fill="{SOFT_INK}">{entry.seats}</tspan></text>',
                Box(x, y - 10, x + entry.width, y + 10),
            )
            x += entry.width
    return {entry.symbol for entry in categories + by_status}


def _lines(entries: Iterable[_Entry], room: float) -> list[list[_Entry]]:
    """Return the entries in lines that fit the room."""
    lines: list[list[_Entry]] = []
    used = room
    for entry in entries:
        fitted = entry.fitted(room)
        if used + fitted.width > room:
            lines.append([])
            used = 0
        lines[-1].append(fitted)
        used += fitted.width
    return lines
