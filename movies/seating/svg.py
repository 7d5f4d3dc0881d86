"""The picture of a hall, as SVG: its seats, and which of them are to be had.

It has no <style>, so that it can stand inside any page; a front end finds seats by data-seat and
data-status. It is drawn to a scale of its own, in which a usual seat is SEAT wide.
"""

from collections import Counter
from html import escape
from itertools import pairwise, product
from math import cos, fsum, hypot, inf, radians, sin
from statistics import median
from unicodedata import east_asian_width

from movies.seating.json_values import COLOR, UNSAFE
from movies.seating.plan import partners

SEAT = 26
HALF = SEAT / 2
MARGIN = 28
NARROWEST = 380  # the legend needs some room
WIDEST = 1600  # pages show it no wider unless they say so
INK, SOFT_INK, LINE, CARD = "#1d2633", "#5d6877", "#d9dee6", "#f5f7fa"
TAKEN, TAKEN_CUSHION, TAKEN_INK = "#b4bbc6", "#e6e9ee", "#747e8e"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# Paths around the middle of a seat. Its back is away from the screen.
CHAIR = "M-11-5V5a6 6 0 0 0 6 6H5a6 6 0 0 0 6-6V-5"
LEFT_OF_COUPLE = "M-11-5V5a6 6 0 0 0 6 6H{reach}"
PLACE = "M-11.5-7q0-4.5 4.5-4.5H7q4.5 0 4.5 4.5V7q0 4.5-4.5 4.5H-7q-4.5 0-4.5-4.5z"
WHEELCHAIR = "M-1.2-3.6V1.2H3.4L5.6 6M-1.2-1.6H2.8M-3.6-.6A4.4 4.4 0 1 0 3 4.6"
CROSS, DASH = "M-4.5-4.5l9 9m0-9l-9 9", "M-5 0H5"
MARKS = {"available": "", "held": "", "booked": CROSS, "blocked": DASH}


class Sheet:
    """What is drawn so far, and how far it reaches."""

    def __init__(self):
        self.parts, self.words = [], []
        self.left = self.top = inf
        self.right = self.bottom = -inf

    def put(self, svg, left, top, right, bottom):
        self.parts.append(svg)
        self.left, self.right = min(self.left, left), max(self.right, right)
        self.top, self.bottom = min(self.top, top), max(self.bottom, bottom)

    def write(self, text, x, y, size, color=INK, more=""):
        """Text with its middle at x, y."""
        box = _box([(x, y)], _width(text, size) / 2, 0.6 * size)
        self.words.append(box)
        self.put(
            f'<text x="{_short(x)}" y="{_short(y + 0.35 * size)}" font-size="{size}" '
            f'font-weight="600" text-anchor="middle" fill="{color}"{more}>{_escaped(text)}</text>',
            *box,
        )


def draw(plan, statuses=None, title=""):
    """The plan as SVG text. Statuses are {seat number: "held", "booked" or "blocked"}."""
    statuses = statuses or {}
    status_of = {seat.number: statuses.get(seat.number) or "available" for seat in plan.seats}
    scale = _scale(plan)
    spots = {
        seat.number: (round(seat.x * scale, 1), round(seat.y * scale, 1)) for seat in plan.seats
    }
    shapes, reach = _shapes(plan, spots)
    sheet = Sheet()
    for zone in plan.zones:
        for area in zone.areas:
            _draw_area(sheet, area, scale)
    _draw_floor(sheet, plan, spots)
    _draw_seats(sheet, plan, status_of, spots, shapes, reach)
    _label_rows(sheet, plan, spots)
    if len(plan.zones) > 1:
        _name_zones(sheet, plan, spots)
    _draw_screen(sheet, plan, spots)
    middle, room = (sheet.left + sheet.right) / 2, max(sheet.right - sheet.left, NARROWEST)
    if title:
        sheet.write(_cut(title, 20, room), middle, sheet.top - 26, 20)
    used = _draw_legend(sheet, plan, Counter(status_of.values()), middle, room)
    used.update((shapes[number], status) for number, status in status_of.items())
    symbols = [_symbol(shape, status, reach) for shape, status in sorted(used)]
    return _page(sheet, symbols, title or plan.name, _described(plan, status_of))


def _page(sheet, symbols, title, description):
    left, top = sheet.left - MARGIN, sheet.top - MARGIN
    width, height = sheet.right - left + MARGIN, sheet.bottom - top + MARGIN
    shown = min(1, WIDEST / width)
    x, y, wide, high = (_short(number) for number in (left, top, width, height))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="seat-map" role="img" '
            f'viewBox="{x} {y} {wide} {high}" width="{round(width * shown)}" '
            f'height="{max(1, round(height * shown))}" style="max-width:100%;height:auto" '
            f'font-family="{FONT}">',
            f"<title>{_escaped(title)}</title>",
            f"<desc>{_escaped(description)}</desc>",
            '<defs><linearGradient id="map-beam" x2="0" y2="1">'
            '<stop stop-color="#8fa6c4" stop-opacity=".38"/>'
            '<stop offset="1" stop-color="#8fa6c4" stop-opacity="0"/></linearGradient>',
            *symbols,
            "</defs>",
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="18" fill="{CARD}"/>',
            *sheet.parts,
            "</svg>\n",
        ]
    )


def _described(plan, status_of):
    statuses = Counter(status_of.values())
    seats = "1 seat" if len(plan.seats) == 1 else f"{len(plan.seats)} seats"
    by_status = ", ".join(f"{statuses[status]} {status}" for status in MARKS if statuses[status])
    by_category = ", ".join(f"{category} {count}" for category, count in _categories(plan))
    return f"{plan.name}: {seats}, {by_status}. {by_category}."


def _categories(plan):
    """(name, how many seats) of those that have any, in the plan's order."""
    counts = Counter(seat.category for seat in plan.seats)
    return [(category, counts[category]) for category in plan.categories if counts[category]]


def _scale(plan):
    """Picture units per unit of the plan: usual seats neither overlap nor get lost."""
    rows = [row for zone in plan.zones for row in zone.rows]
    runs = [run for row in rows for run in row.runs]
    radius = median(seat.radius for seat in plan.seats) or 1
    steps = [hypot(b.x - a.x, b.y - a.y) for run in runs for a, b in pairwise(run)]
    room = median(steps or [0]) or 2.5 * radius
    depths = [
        below - above
        for zone in plan.zones
        for above, below in pairwise(sorted(row.runs[0][0].y for row in zone.rows))
        if below - above > room / 3
    ]
    room = min(room, median(depths or [room]))
    half = min(max(1.2 * radius, 0.3 * room), 0.45 * room)
    left, top, right, bottom = _box([(seat.x, seat.y) for seat in plan.seats])
    return HALF / max(half, (right - left) / 20_000, (bottom - top) / 20_000, 0.001)


def _shapes(plan, spots):
    """({seat number: shape}, how far the halves of a couple seat reach to each other)"""
    shape_of = {category: _shape_of(category) for category in plan.categories}
    shapes = {seat.number: shape_of[seat.category] for seat in plan.seats}
    reaches = []
    couples = {category for category in plan.categories if "couple" in category.casefold()}
    for left, right in partners(plan, couples).items():
        step_x, step_y = (b - a for a, b in zip(spots[left], spots[right], strict=True))
        if step_x > 2 * abs(step_y):
            shapes[left], shapes[right] = "couple-left", "couple-right"
            reaches.append(step_x / 2)
    return shapes, median(reaches or [HALF])


def _shape_of(category):
    return "wheelchair" if "wheelchair" in category.casefold() else "chair"


def _symbol(shape, status, reach):
    """A seat at 0,0. Its colour comes from where it is used."""
    left, right, number_y = _cushion_sides(shape, reach)
    number_x = _short((left + right) / 2)
    cushion = f"M{_short(left)}-9.5q0-3 3-3H{_short(right - 3)}q3 0 3 3V8H{_short(left)}z"
    frame, thick, flip, size = CHAIR, 4, "", ""
    if shape == "wheelchair":
        cushion, frame, thick, size = PLACE, PLACE, 2.6, " scale(.7)"
    elif shape != "chair":
        frame = LEFT_OF_COUPLE.format(reach=_short(reach))
        flip = ' transform="scale(-1 1)"' if shape == "couple-right" else ""
    color, cushion_color, ink = "currentColor", "#fff", INK
    if MARKS[status]:
        color, cushion_color, ink = TAKEN, TAKEN_CUSHION, TAKEN_INK
    parts = [f'<path d="{cushion}" fill="{cushion_color}"/>']
    if status == "available":
        parts.append(f'<path d="{cushion}" fill="{color}" fill-opacity=".46"/>')
    if status == "held":
        hatch = _hatch(left, -11.5, right, 11.5 if shape == "wheelchair" else 8)
        parts.append(_line(hatch, color, 1.5, ' opacity=".7"'))
        parts.append(
            f'<ellipse cx="{number_x}" cy="{number_y}" rx="7.4" ry="5.6" fill="#fff" '
            f'fill-opacity=".9"/>'
        )
    parts.append(_line(frame, color, thick, flip))
    if shape == "wheelchair":
        parts.append(
            f'<g transform="translate(0 -4.9) scale(.73)"><circle cx="-1.2" cy="-6.4" r="1.9" '
            f'fill="{ink}"/>{_line(WHEELCHAIR, ink, 1.9)}</g>'
        )
    if MARKS[status]:
        place = f' transform="translate({number_x} {number_y}){size}"'
        parts.append(_line(MARKS[status], ink, 2.2, place))
    return f'<g id="map-{shape}-{status}">{"".join(parts)}</g>'


def _cushion_sides(shape, reach):
    """Left, right, and how far down the number stands."""
    if shape == "wheelchair":
        return -11.5, 11.5, 6.2
    left = 0.8 - reach if shape == "couple-right" else -8
    right = reach - 0.8 if shape == "couple-left" else 8
    return left, right, -2


def _hatch(left, top, right, bottom):
    lines = []
    for diagonal in range(round(left + top) + 5, round(right + bottom), 5):
        start, end = max(left, diagonal - bottom), min(right, diagonal - top)
        lines.append(f"M{_short(start)} {_short(diagonal - start)}")
        lines.append(f"L{_short(end)} {_short(diagonal - end)}")
    return "".join(lines)


def _line(path, color, width, more=""):
    return (
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round"{more}/>'
    )


def _draw_area(sheet, area, scale):
    """Around its own corner or middle, in the plan's units, then turned and brought to scale."""
    corners, svg = [], ""
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
        fill = _color(area.color, "none" if area.border_color else TAKEN_CUSHION)
        border = _color(area.border_color, "none" if area.color else LINE)
        svg += f' fill="{fill}" stroke="{border}" stroke-width="{2 / scale}"/>'
    if area.text:
        x, y, size = area.text_x, area.text_y, area.text_size
        half = _width(area.text, size) / 2
        corners += product((x - half, x + half), (y - size, y + size))
        svg += (
            f'<text x="{x}" y="{y + 0.35 * size}" font-size="{size}" text-anchor="middle" '
            f'fill="{_color(area.text_color, SOFT_INK)}">{_escaped(area.text)}</text>'
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
            *_box(turned),
        )


def _draw_floor(sheet, plan, spots):
    """A light strip under seats side by side; the gaps between strips are the aisles."""
    strips = []
    for run in (run for zone in plan.zones for row in zone.rows for run in row.runs):
        points = [spots[seat.number] for seat in run]
        if len({y for _, y in points}) == 1:
            points = [points[0], points[-1]]
        strips.append("M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points))
    sheet.parts.append(_line("".join(strips), "#fff", SEAT + 6))


def _draw_seats(sheet, plan, status_of, spots, shapes, reach):
    usual = median(seat.radius for seat in plan.seats)
    colors = {category: _color(color, TAKEN) for category, color in plan.categories.items()}
    sheet.parts.append(
        f'<g class="seats" font-size="10.5" font-weight="600" text-anchor="middle" fill="{INK}">'
    )
    for seat in plan.seats:
        (x, y), status, shape = spots[seat.number], status_of[seat.number], shapes[seat.number]
        size = round(min(max(seat.radius / usual, 0.6), 1.6), 2) if usual else 1
        sized = "" if size == 1 else f" scale({size})"
        words = _escaped(_spoken(seat, status, len(plan.zones) > 1))
        sheet.put(
            f'<g class="seat" data-seat="{_escaped(seat.number)}" data-status="{status}" '
            f'color="{colors[seat.category]}" '
            f'transform="translate({_short(x)} {_short(y)}){sized}">'
            f'<title>{words}</title><use href="#map-{shape}-{status}"/>'
            f"{_number(seat, status, shape, reach)}</g>",
            *_box([(x, y)], HALF * size, HALF * size),
        )
    sheet.parts.append("</g>")


def _number(seat, status, shape, reach):
    """As written on the seat, unless it is taken for good."""
    number = seat.seat.strip()[:6]
    if MARKS[status] or not number:
        return ""
    left, right, y = _cushion_sides(shape, reach)
    size = min(8.5 if shape == "wheelchair" else 10.5, 25 / len(number))
    x = f' x="{_short((left + right) / 2)}"' if left + right else ""
    smaller = "" if size == 10.5 else f' font-size="{_short(size)}"'
    return f'<text{x} y="{_short(y + 0.36 * size)}"{smaller}>{_escaped(number)}</text>'


def _spoken(seat, status, with_zone):
    place = [seat.zone] if with_zone and seat.zone else []
    place += [f"row {seat.row}"] if seat.row else []
    words = ", ".join([*place, f"seat {seat.seat or seat.number}", seat.category, status])
    return words[:1].upper() + words[1:]


def _label_rows(sheet, plan, spots):
    """At the ends that the plan says; at both where it says nothing of any row."""
    rows = [row for zone in plan.zones for row in zone.rows if row.label.strip()]
    unsaid = "" if any(row.label_position for row in rows) else "both"
    for row in rows:
        where = row.label_position or unsaid
        left, right = spots[row.runs[0][0].number], spots[row.runs[-1][-1].number]
        from_left = row.seats[0] == row.runs[0][0]
        start, end = (left, right) if from_left else (right, left)
        if where in ("start", "both"):
            _label_row(sheet, row.label, start, end)
        if where in ("end", "both"):
            _label_row(sheet, row.label, end, start)


def _label_row(sheet, label, end, other):
    """Beside the seat at one end, on the side away from the other end."""
    step_x, step_y = end[0] - other[0], end[1] - other[1]
    long = hypot(step_x, step_y)
    step_x, step_y = (step_x / long, step_y / long) if long else (-1, 0)
    away = HALF + 10 + abs(step_x) * _width(label, 12) / 2
    sheet.write(label, end[0] + step_x * away, end[1] + step_y * away, 12, SOFT_INK)


def _name_zones(sheet, plan, spots):
    """Above each zone, or below it, or not at all where no place is free."""
    rows = [row for zone in plan.zones for row in zone.rows]
    boxes = sheet.words + [_seats_box(row.seats, spots) for row in rows]
    for zone in plan.zones:
        if not zone.rows or zone.name in {"", *(area.text for area in zone.areas)}:
            continue
        seats = [seat for row in zone.rows for seat in row.seats]
        left, top, right, bottom = _seats_box(seats, spots)
        x = (left + right) / 2
        for y in (top - 16, top - 38, bottom + 16, bottom + 38):
            box = _box([(x, y)], _width(zone.name, 14) / 2, 9)
            if not any(_overlap(box, other) for other in boxes):
                sheet.write(zone.name, x, y, 14)
                break


def _draw_screen(sheet, plan, spots):
    """Above everything, unless the plan shows its own."""
    words = {area.text.strip().casefold() for zone in plan.zones for area in zone.areas}
    if words & {"screen", "stage"}:
        return
    left, _, right, _ = _seats_box(plan.seats, spots)
    middle, half = (left + right) / 2, max(0.42 * (right - left), 90)
    y, bow, inset = sheet.top - 62, min(0.07 * half, 22), 0.08 * half
    left, right = middle - half, middle + half
    curve = f"M{_short(left)} {_short(y)}q{_short(half)} {_short(-bow)} {_short(2 * half)} 0"
    beam = f"l{_short(-inset)} 44H{_short(left + inset)}z"
    sheet.put(
        f'<path d="{curve}{beam}" fill="url(#map-beam)"/>{_line(curve, "#5a6f8f", 6)}',
        *(left - 3, y - bow, right + 3, y),
    )
    sheet.write("Screen", middle, y + 18, 13, SOFT_INK, ' letter-spacing="2"')


def _draw_legend(sheet, plan, statuses, middle, room):
    """Categories, then statuses, in lines around the middle. Returns the seats it shows."""
    categories = [
        ((_shape_of(name), "available"), _color(plan.categories[name], TAKEN), name, count)
        for name, count in _categories(plan)
    ]
    symbols = [
        (("chair", status), "#56647a", status.capitalize(), statuses[status])
        for status in MARKS
        if statuses[status]
    ]
    left, y = middle - room / 2, sheet.bottom + 30
    rule = f'<path d="M{_short(left)} {_short(y)}h{_short(room)}" stroke="{LINE}"/>'
    sheet.put(rule, left, y, left + room, y)
    for line in [*_lines(categories, room), *_lines(symbols, room)]:
        y += 30
        x = middle - fsum(wide for *_, wide in line) / 2
        for (shape, status), color, name, count, wide in line:
            sheet.put(
                f'<use href="#map-{shape}-{status}" color="{color}" '
                f'transform="translate({_short(x + 11)} {_short(y)}) scale(.75)"/>'
                f'<text x="{_short(x + 26)}" y="{_short(y + 4.5)}" font-size="13" fill="{INK}">'
                f'{_escaped(name)} <tspan fill="{SOFT_INK}">{count}</tspan></text>',
                *(x, y - 10, x + wide, y + 10),
            )
            x += wide
    return {seat for seat, *_ in categories + symbols}


def _lines(items, room):
    """The items, each with its width, in lines that fit the room."""
    lines, used = [], room
    for *item, name, count in items:
        name = _cut(name, 13, room - 110)
        wide = _width(f"{name} {count}", 13) + 44
        if used + wide > room:
            lines.append([])
            used = 0
        lines[-1].append((*item, name, count, wide))
        used += wide
    return lines


def _seats_box(seats, spots):
    return _box([spots[seat.number] for seat in seats], HALF, HALF)


def _box(points, half_width=0, half_height=0):
    """Left, top, right, bottom of what is that large around the points."""
    xs, ys = zip(*points, strict=True)
    return min(xs) - half_width, min(ys) - half_height, max(xs) + half_width, max(ys) + half_height


def _overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _width(text, size):
    """About as wide as the text will be: the reader's fonts are not known."""
    return size * fsum(1.05 if east_asian_width(letter) in "WF" else 0.58 for letter in text)


def _cut(text, size, room):
    share = room / (_width(text, size) or 1)
    return text if share >= 1 else text[: int(share * len(text)) - 1].rstrip() + "…"


def _color(color, otherwise):
    return color if COLOR.fullmatch(color) else otherwise


def _escaped(text):
    return escape(UNSAFE.sub(" ", text))


def _short(number):
    return str(round(number, 1)).removesuffix(".0")
