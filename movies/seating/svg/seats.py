"""The seats of the picture: each is a reference to a symbol, coloured by its category.

There is one symbol for each outline in use and every status, so that a page can repaint seats. A
status differs in its drawing and not only in colour: held seats are hatched, booked ones have a
cross, blocked ones a dash, and closed ones are grey with their number.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from statistics import median
from typing import Literal, NamedTuple

from movies.seating.plan import Plan, Point, Ring, Seat, partners
from movies.seating.svg.sheet import (
    HALF,
    INK,
    SEAT,
    TAKEN,
    TAKEN_CUSHION,
    TAKEN_INK,
    Box,
    Sheet,
    escaped,
    safe_color,
    short,
    stroke,
)


class SeatShape(Enum):
    """How the seats of a category are drawn. Neighbouring couple seats are joined in pairs."""

    CHAIR = "chair"
    COUPLE = "couple"
    WHEELCHAIR = "wheelchair"


Outline = Literal["chair", "couple-left", "couple-right", "wheelchair"]

# Paths around the middle of a seat. Its back is away from the screen.
CHAIR = "M-11-5V5a6 6 0 0 0 6 6H5a6 6 0 0 0 6-6V-5"
LEFT_OF_COUPLE = "M-11-5V5a6 6 0 0 0 6 6H{reach}"
PLACE = "M-11.5-7q0-4.5 4.5-4.5H7q4.5 0 4.5 4.5V7q0 4.5-4.5 4.5H-7q-4.5 0-4.5-4.5z"
WHEELCHAIR = "M-1.2-3.6V1.2H3.4L5.6 6M-1.2-1.6H2.8M-3.6-.6A4.4 4.4 0 1 0 3 4.6"
CROSS, DASH = "M-4.5-4.5l9 9m0-9l-9 9", "M-5 0H5"
# The statuses, and what is drawn instead of the number.
MARKS = {"available": "", "held": "", "booked": CROSS, "blocked": DASH, "closed": ""}
GREY = {"booked", "blocked", "closed"}


class Symbol(NamedTuple):
    outline: Outline
    status: str

    @property
    def name(self) -> str:
        """Return what stands behind the prefix of the picture in the symbol's id."""
        return f"{self.outline}-{self.status}"


class DrawnSeats(NamedTuple):
    """The seats of a plan, by seat number, as the picture shows them.

    spots: their middles. reach: how far the halves of a couple seat reach to each other.
    """

    spots: dict[str, Point]
    symbols: dict[str, Symbol]
    reach: float


def drawn_seats(
    plan: Plan,
    spots: dict[str, Point],
    statuses: Mapping[str, str],
    shapes: Mapping[str, SeatShape],
) -> DrawnSeats:
    """Give each seat its symbol. `statuses`: of every seat; `shapes`: by category."""
    outline_of = {category: single_outline(category, shapes) for category in plan.categories}
    outlines = {seat.number: outline_of[seat.category] for seat in plan.seats}
    couples = {name for name, shape in shapes.items() if shape is SeatShape.COUPLE}
    reaches = []
    for left, right in partners(plan.runs, couples).items():
        step_x, step_y = (b - a for a, b in zip(spots[left], spots[right], strict=True))
        if step_x > 2 * abs(step_y):  # side by side, and not above each other
            outlines[left], outlines[right] = "couple-left", "couple-right"
            reaches.append(step_x / 2)
    symbols = {number: Symbol(outline, statuses[number]) for number, outline in outlines.items()}
    return DrawnSeats(spots, symbols, median(reaches or [HALF]))


def single_outline(category: str, shapes: Mapping[str, SeatShape]) -> Outline:
    """Return the outline of a seat of the category that stands alone, as in the legend."""
    return "wheelchair" if shapes.get(category) is SeatShape.WHEELCHAIR else "chair"


def draw_floor(sheet: Sheet, plan: Plan, spots: Mapping[str, Point]) -> None:
    """Draw a light strip under each run; the gaps between strips are the aisles."""
    strips = []
    for run in plan.runs:
        points = [spots[seat.number] for seat in run]
        if len({y for _, y in points}) == 1:
            points = [min(points), max(points)]
        closed = "z" if isinstance(run, Ring) else ""
        strips.append("M" + "L".join(f"{short(x)} {short(y)}" for x, y in points) + closed)
    sheet.parts.append(stroke("".join(strips), "#fff", SEAT + 6))


def draw_seats(
    sheet: Sheet, plan: Plan, seats: DrawnSeats, prefix: str, words: Mapping[str, str]
) -> None:
    """Draw the seats. `prefix` is that of their symbols' ids, `words` are names of statuses."""
    usual = median(seat.radius for seat in plan.seats)
    colors = {category: safe_color(color, TAKEN) for category, color in plan.categories.items()}
    sheet.parts.append(
        f'<g class="seats" font-size="10.5" font-weight="600" text-anchor="middle" fill="{INK}">'
    )
    for seat in plan.seats:
        (x, y), symbol = seats.spots[seat.number], seats.symbols[seat.number]
        size = round(min(max(seat.radius / usual, 0.6), 1.6), 2) if usual else 1
        sized = "" if size == 1 else f" scale({size})"
        half = HALF * size
        sentence = escaped(_description(seat, words[symbol.status], len(plan.zones) > 1))
        sheet.put(
            f'<g class="seat" data-seat="{escaped(seat.number)}" data-status="{symbol.status}" '
            f'color="{colors[seat.category]}" '
            f'transform="translate({short(x)} {short(y)}){sized}">'
            f'<title>{sentence}</title><use href="#{prefix}-{symbol.name}"/>'
            f"{_number(seat, symbol, seats.reach)}</g>",
            Box(x - half, y - half, x + half, y + half),
        )
    sheet.parts.append("</g>")


def _description(seat: Seat, status: str, with_zone: bool) -> str:
    """Return a sentence to read aloud: "Balcony, row A, seat 7, Standard, available"."""
    place = [seat.zone] if with_zone and seat.zone else []
    place += [f"row {seat.row}"] if seat.row else []
    words = ", ".join([*place, f"seat {seat.seat or seat.number}", seat.category, status])
    return words[:1].upper() + words[1:]


def _number(seat: Seat, symbol: Symbol, reach: float) -> str:
    """Return the number as written on the seat. It is hidden where a mark stands instead."""
    number = seat.seat.strip()[:6]
    if not number:
        return ""
    left, right, y = _cushion_sides(symbol.outline, reach)
    size = min(8.5 if symbol.outline == "wheelchair" else 10.5, 25 / len(number))
    x = f' x="{short((left + right) / 2)}"' if left + right else ""
    hidden = ' display="none"' if MARKS[symbol.status] else ""
    smaller = "" if size == 10.5 else f' font-size="{short(size)}"'
    return f'<text{x} y="{short(y + 0.36 * size)}"{smaller}{hidden}>{escaped(number)}</text>'


def symbols_for(used: Iterable[Symbol]) -> list[Symbol]:
    """Return the symbols of these outlines with every status, so that seats can be repainted."""
    outlines = sorted({symbol.outline for symbol in used})
    return [Symbol(outline, status) for outline in outlines for status in MARKS]


def symbol_definition(symbol: Symbol, reach: float, prefix: str) -> str:
    """Return the drawing of a seat around 0, 0. Its colour is the `color` of where it is used."""
    outline, status = symbol
    is_place = outline == "wheelchair"
    left, right, number_y = _cushion_sides(outline, reach)
    number_x = short((left + right) / 2)
    cushion = f"M{short(left)}-9.5q0-3 3-3H{short(right - 3)}q3 0 3 3V8H{short(left)}z"
    thick: float = 4
    frame, flip, size = CHAIR, "", ""
    if is_place:
        cushion, frame, thick, size = PLACE, PLACE, 2.6, " scale(.7)"
    elif outline != "chair":
        frame = LEFT_OF_COUPLE.format(reach=short(reach))
        flip = ' transform="scale(-1 1)"' if outline == "couple-right" else ""
    color, cushion_color, ink = "currentColor", "#fff", INK
    if status in GREY:
        color, cushion_color, ink = TAKEN, TAKEN_CUSHION, TAKEN_INK
    parts = [f'<path d="{cushion}" fill="{cushion_color}"/>']
    if status == "available":
        parts.append(f'<path d="{cushion}" fill="{color}" fill-opacity=".46"/>')
    if status == "held":
        hatch = _hatch(left, -11.5, right, 11.5 if is_place else 8)
        parts.append(stroke(hatch, color, 1.5, ' opacity=".7"'))
        parts.append(
            f'<ellipse cx="{number_x}" cy="{number_y}" rx="7.4" ry="5.6" fill="#fff" '
            f'fill-opacity=".9"/>'
        )
    parts.append(stroke(frame, color, thick, flip))
    if is_place:
        parts.append(
            f'<g transform="translate(0 -4.9) scale(.73)"><circle cx="-1.2" cy="-6.4" r="1.9" '
            f'fill="{ink}"/>{stroke(WHEELCHAIR, ink, 1.9)}</g>'
        )
    if MARKS[status]:
        place = f' transform="translate({number_x} {number_y}){size}"'
        parts.append(stroke(MARKS[status], ink, 2.2, place))
    return f'<g id="{prefix}-{symbol.name}">{"".join(parts)}</g>'


def _cushion_sides(outline: Outline, reach: float) -> tuple[float, float, float]:
    """Return the left and right side of the cushion, and how far down its number stands."""
    if outline == "wheelchair":
        return -11.5, 11.5, 6.2
    left = 0.8 - reach if outline == "couple-right" else -8
    right = reach - 0.8 if outline == "couple-left" else 8
    return left, right, -2


def _hatch(left: float, top: float, right: float, bottom: float) -> str:
    lines = []
    for diagonal in range(round(left + top) + 5, round(right + bottom), 5):
        start, end = max(left, diagonal - bottom), min(right, diagonal - top)
        lines.append(f"M{short(start)} {short(diagonal - start)}")
        lines.append(f"L{short(end)} {short(diagonal - end)}")
    return "".join(lines)
