"""`draw`: the parts of the picture, put together.

The SVG has no <style> and loads nothing, so it can stand inside any page. A front end finds seats
by their data-seat and data-status.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import hypot
from statistics import median

from movies.seating.plan import Plan, Point
from movies.seating.svg.legend import counts_by_category, draw_legend
from movies.seating.svg.seats import (
    MARKS,
    SeatShape,
    draw_floor,
    draw_seats,
    drawn_seats,
    symbol_definition,
    symbols_for,
)
from movies.seating.svg.sheet import CARD, HALF, Sheet, box_around, cut, escaped, short
from movies.seating.svg.surroundings import (
    beam_definition,
    draw_area,
    draw_screen,
    label_rows,
    name_zones,
)

MARGIN = 28
NARROWEST = 380  # so that the legend has room
WIDEST = 1600  # pages show it no wider unless they say so
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def draw(
    plan: Plan,
    statuses: Mapping[str, str] | None = None,
    title: str = "",
    *,
    shapes: Mapping[str, SeatShape],
    prefix: str = "map",
    free: str = "available",
    fits_itself: bool = True,
) -> str:
    """Return the picture of a plan as SVG text.

    statuses: {seat number: "held", "booked", "blocked" or "closed"}; all others are available.
    title: written above the hall. shapes: {category, spelled as in the plan: its shape}; all
    other categories are chairs. prefix: of all ids, so that two pictures can stand on one page.
    free: what the picture calls available seats, such as "not on sale" of a cancelled show.
    fits_itself: by a style attribute it shrinks with its container. A page whose
    Content-Security-Policy forbids that has hall.css instead.
    All texts are escaped. Raises KeyError for an unknown status.
    """
    statuses = statuses or {}
    words = {status: status for status in MARKS} | {"available": free}
    status_of = {seat.number: statuses.get(seat.number) or "available" for seat in plan.seats}
    counts = Counter(status_of.values())
    scale = _scale(plan)
    spots = {
        seat.number: Point(round(seat.x * scale, 1), round(seat.y * scale, 1))
        for seat in plan.seats
    }
    seats = drawn_seats(plan, spots, status_of, shapes)
    sheet = Sheet()
    for zone in plan.zones:
        for area in zone.areas:
            draw_area(sheet, area, scale)
    draw_floor(sheet, plan, spots)
    draw_seats(sheet, plan, seats, prefix, words)
    label_rows(sheet, plan, spots)
    if len(plan.zones) > 1:
        name_zones(sheet, plan, spots)
    draw_screen(sheet, plan, spots, prefix)
    left, top, right, _ = sheet.box
    middle, room = (left + right) / 2, max(right - left, NARROWEST)
    if title:
        sheet.write(cut(title, 20, room), middle, top - 26, 20)
    used = draw_legend(sheet, plan, counts, shapes, words, middle=middle, room=room, prefix=prefix)
    used.update(seats.symbols.values())
    definitions = [beam_definition(prefix)]
    definitions += [symbol_definition(each, seats.reach, prefix) for each in symbols_for(used)]
    style = 'style="max-width:100%;height:auto" ' if fits_itself else ""
    about = _description(plan, counts, words)
    return _page(sheet, definitions, title or plan.name, about, style)


def _scale(plan: Plan) -> float:
    """Return picture units per plan unit, so that usual seats neither overlap nor get lost."""
    radius = median(seat.radius for seat in plan.seats) or 1
    steps = [hypot(b.x - a.x, b.y - a.y) for run in plan.runs for a, b in pairwise(run)]
    room = median(steps or [0]) or 2.5 * radius
    depths = [
        below - above
        for zone in plan.zones
        for above, below in pairwise(sorted(row.runs[0][0].y for row in zone.rows))
        if below - above > room / 3
    ]
    room = min(room, median(depths or [room]))
    half = min(max(1.2 * radius, 0.3 * room), 0.45 * room)
    left, top, right, bottom = box_around([(seat.x, seat.y) for seat in plan.seats])
    return HALF / max(half, (right - left) / 20_000, (bottom - top) / 20_000, 0.001)


def _description(plan: Plan, counts: Counter[str], words: Mapping[str, str]) -> str:
    """Return the numbers of seats by status and by category, for screen readers."""
    seats = "1 seat" if len(plan.seats) == 1 else f"{len(plan.seats)} seats"
    by_status = ", ".join(f"{counts[status]} {words[status]}" for status in MARKS if counts[status])
    by_category = ", ".join(f"{name} {count}" for name, count in counts_by_category(plan).items())
    return f"{plan.name}: {seats}, {by_status}. {by_category}."


def _page(
    sheet: Sheet, definitions: Sequence[str], title: str, description: str, style: str
) -> str:
    left, top = sheet.box.left - MARGIN, sheet.box.top - MARGIN
    width, height = sheet.box.right - left + MARGIN, sheet.box.bottom - top + MARGIN
    shown = min(1, WIDEST / width)
    x, y, wide, high = (short(number) for number in (left, top, width, height))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="seat-map" role="img" '
            f'viewBox="{x} {y} {wide} {high}" width="{round(width * shown)}" '
            f'height="{max(1, round(height * shown))}" {style}'
            f'font-family="{FONT}">',
            f"<title>{escaped(title)}</title>",
            f"<desc>{escaped(description)}</desc>",
            f"<defs>{definitions[0]}",
            *definitions[1:],
            "</defs>",
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="18" fill="{CARD}"/>',
            *sheet.parts,
            "</svg>\n",
        ]
    )
