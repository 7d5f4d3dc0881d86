"""What the picture shows around the seats: areas, row labels, zone names, the screen."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import cos, hypot, radians, sin

from movies.seating.plan import Area, Plan, Point, Ring, Seat
from movies.seating.svg.sheet import (
    HALF,
    LINE,
    SOFT_INK,
    TAKEN_CUSHION,
    Box,
    Sheet,
    box_around,
    escaped,
    safe_color,
    short,
    stroke,
    text_width,
)


def beam_definition(prefix: str) -> str:
    """Return the light in front of the screen."""
    return (
        f'<linearGradient id="{prefix}-beam" x2="0" y2="1">'
        '<stop stop-color="#8fa6c4" stop-opacity=".38"/>'
        '<stop offset="1" stop-color="#8fa6c4" stop-opacity="0"/></linearGradient>'
    )


def draw_area(sheet: Sheet, area: Area, scale: float) -> None:
    """Draw an area in the plan's units around its own x and y, then turned and scaled."""
    corners: list[tuple[float, float]] = []
    svg = ""
    if area.shape == "rectangle":
        corners += product((0, area.width), (0, area.height))
        svg = f'<rect width="{area.width}" height="{area.height}"'
    elif area.shape == "ellipse":
        corners += product((-area.radius_x, area.radius_x), (-area.radius_y, area.radius_y))
        svg = f'<ellipse rx="{area.radius_x}" ry="{area.radius_y}"'
    elif area.points:
        corners += area.points
        svg = f'<polygon points="{" ".join(f"{x},{y}" for x, y in area.points)}"'
    if svg:
        fill = safe_color(area.color, "none" if area.border_color else TAKEN_CUSHION)
        border = safe_color(area.border_color, "none" if area.color else LINE)
        svg += f' fill="{fill}" stroke="{border}" stroke-width="{2 / scale}"/>'
    if area.text:
        x, y, size = area.text_x, area.text_y, area.text_size
        half = text_width(area.text, size) / 2
        corners += product((x - half, x + half), (y - size, y + size))
        svg += (
            f'<text x="{x}" y="{y + 0.35 * size}" font-size="{size}" text-anchor="middle" '
            f'fill="{safe_color(area.text_color, SOFT_INK)}">{escaped(area.text)}</text>'
        )
    if svg:
        across, down = cos(radians(area.rotation)), sin(radians(area.rotation))
        turned = [
            (scale * (area.x + x * across - y * down), scale * (area.y + x * down + y * across))
            for x, y in corners
        ]
        sheet.put(
            f'<g class="area" transform="scale({scale}) translate({area.x} {area.y}) '
            f'rotate({area.rotation})">{svg}</g>',
            box_around(turned),
        )


def label_rows(sheet: Sheet, plan: Plan, spots: Mapping[str, Point]) -> None:
    """Write the row labels at the ends that the plan says; at both where it says none at all."""
    rows = [row for row in plan.rows if row.label.strip()]
    default = "" if any(row.label_position for row in rows) else "both"
    for row in rows:
        where = row.label_position or default
        if isinstance(row.runs[0], Ring):
            _label_row(sheet, row.label, spots[row.seats[0].number], _middle(row.seats, spots))
            continue
        left, right = spots[row.runs[0][0].number], spots[row.runs[-1][-1].number]
        from_left = row.seats[0] == row.runs[0][0]
        start, end = (left, right) if from_left else (right, left)
        if where in ("start", "both"):
            _label_row(sheet, row.label, start, end)
        if where in ("end", "both"):
            _label_row(sheet, row.label, end, start)


def _label_row(sheet: Sheet, label: str, end: Point, other: Point) -> None:
    """Write the label beside the seat at one end, on the side away from the other end."""
    step_x, step_y = end.x - other.x, end.y - other.y
    long = hypot(step_x, step_y)
    step_x, step_y = (step_x / long, step_y / long) if long else (-1, 0)
    away = HALF + 10 + abs(step_x) * text_width(label, 12) / 2
    sheet.write(label, end.x + step_x * away, end.y + step_y * away, 12, SOFT_INK)


def _middle(seats: Iterable[Seat], spots: Mapping[str, Point]) -> Point:
    xs, ys = zip(*(spots[seat.number] for seat in seats), strict=True)
    return Point(sum(xs) / len(xs), sum(ys) / len(ys))


def name_zones(sheet: Sheet, plan: Plan, spots: Mapping[str, Point]) -> None:
    """Write each zone's name above it or below it, or nowhere if no place is free."""
    boxes = sheet.words + [_box_of(row.seats, spots) for row in plan.rows]
    for zone in plan.zones:
        if not zone.rows or zone.name in {"", *(area.text for area in zone.areas)}:
            continue
        left, top, right, bottom = _box_of([s for row in zone.rows for s in row.seats], spots)
        x = (left + right) / 2
        for y in (top - 16, top - 38, bottom + 16, bottom + 38):
            box = box_around([(x, y)], text_width(zone.name, 14) / 2, 9)
            if not any(box.overlaps(other) for other in boxes):
                sheet.write(zone.name, x, y, 14)
                break


def draw_screen(sheet: Sheet, plan: Plan, spots: Mapping[str, Point], prefix: str) -> None:
    """Draw a screen above everything, unless an area of the plan is called screen or stage."""
    words = {area.text.strip().casefold() for zone in plan.zones for area in zone.areas}
    if words & {"screen", "stage"}:
        return
    left, _, right, _ = _box_of(plan.seats, spots)
    middle, half = (left + right) / 2, max(0.42 * (right - left), 90)
    y, bow, inset = sheet.box.top - 62, min(0.07 * half, 22), 0.08 * half
    left, right = middle - half, middle + half
    curve = f"M{short(left)} {short(y)}q{short(half)} {short(-bow)} {short(2 * half)} 0"
    beam = f"l{short(-inset)} 44H{short(left + inset)}z"
    sheet.put(
        f'<path d="{curve}{beam}" fill="url(#{prefix}-beam)"/>{stroke(curve, "#5a6f8f", 6)}',
        Box(left - 3, y - bow, right + 3, y),
    )
    sheet.write("Screen", middle, y + 18, 13, SOFT_INK, ' letter-spacing="2"')


def _box_of(seats: Iterable[Seat], spots: Mapping[str, Point]) -> Box:
    return box_around([spots[seat.number] for seat in seats], HALF, HALF)
