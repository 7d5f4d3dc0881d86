"""Seating plans: the open JSON form that pretix and its editor use, checked and read.

What is stored and exported is the JSON itself; a Plan is what can be asked about it.
"""

from itertools import groupby, pairwise
from math import hypot
from statistics import median
from typing import NamedTuple

from movies.seating.areas import ORIGIN, Area, read_area
from movies.seating.json_values import (
    REQUIRED,
    PlanError,
    check_values,
    color_in,
    flag_in,
    label_in,
    number_in,
    object_in,
    objects_in,
    position_in,
    string_in,
)
from movies.seating.labels import seat_labels

MAX_SEATS = 5000
MAX_ROWS = 1000
MAX_ZONES = 100
MAX_AREAS = 500
MAX_CATEGORIES = 50
MAX_NAME = 100
MAX_CATEGORY_NAME = 50
DEFAULT_COLOR = "#8a8f98"
DEFAULT_RADIUS = 10


class Point(NamedTuple):
    """A place in the plan, in its units."""

    x: float
    y: float


class Seat(NamedTuple):
    """x and y are the middle of the seat in the plan; row, seat, zone are as written."""

    number: str
    row: str
    seat: str
    zone: str
    category: str
    x: float
    y: float
    radius: float
    is_aisle: bool


class Row(NamedTuple):
    """Seats as listed; runs are the seats side by side without a gap, from left to right.

    Spacing is 0 where the plan does not say it.
    """

    label: str
    label_position: str
    x: float
    y: float
    spacing: float
    seats: tuple[Seat, ...]
    runs: tuple[tuple[Seat, ...], ...]


class Zone(NamedTuple):
    name: str
    x: float
    y: float
    rows: tuple[Row, ...]
    areas: tuple[Area, ...]


class Plan(NamedTuple):
    """Categories are {name: colour}; seats are in reading order: zones, rows, seats as listed."""

    name: str
    categories: dict[str, str]
    zones: tuple[Zone, ...]
    seats: tuple[Seat, ...]
    width: float
    height: float


def read_plan(layout):
    """The plan in the JSON form, or PlanError."""
    if type(layout) is not dict:
        raise PlanError("A seating plan must be a JSON object.")
    check_values(layout)
    name = string_in(layout, "name", "The plan")
    if not name.strip() or len(name) > MAX_NAME:
        raise PlanError(f"The plan's name must have 1 to {MAX_NAME} characters.")
    categories = _read_categories(layout)
    zones = [
        _read_zone(zone, nth, categories)
        for nth, zone in enumerate(_at_most(MAX_ZONES, "zones", layout, "The plan"), 1)
    ]
    for things, most in (("rows", MAX_ROWS), ("areas", MAX_AREAS)):
        if sum(len(getattr(zone, things)) for zone in zones) > most:
            raise PlanError(f"The plan has more than {most:,} {things}.")
    if not any(zone.rows for zone in zones):
        raise PlanError("The plan has no seats.")
    if sum(len(row.seats) for zone in zones for row in zone.rows) > MAX_SEATS:
        raise PlanError(f"The plan has more than {MAX_SEATS:,} seats.")
    _refuse_shared_ids(layout)
    zones = _labelled(zones)
    seats = tuple(seat for zone in zones for row in zone.rows for seat in row.seats)
    if "size" in layout:
        size = object_in(layout, "size", "The plan")
        width, height = (number_in(size, side, "Size", smallest=0) for side in ("width", "height"))
    else:
        width, height = max(seat.x for seat in seats), max(seat.y for seat in seats)
    return Plan(name, categories, zones, seats, width, height)


def unpaired(plan, pair_categories):
    """The seats of categories sold in pairs that no partner stands beside."""
    paired = partners(plan, pair_categories)
    return [s for s in plan.seats if s.category in pair_categories and s.number not in paired]


def partners(plan, pair_categories):
    """{seat number: its partner's}, both ways. A run pairs from its left end: 1-2, 3-4, ..."""
    pairs = {}
    for zone in plan.zones:
        for row in zone.rows:
            for run in row.runs:
                for category, seats in groupby(run, key=lambda seat: seat.category):
                    if category in pair_categories:
                        numbers = [seat.number for seat in seats]
                        for left, right in zip(numbers[::2], numbers[1::2], strict=False):
                            pairs[left], pairs[right] = right, left
    return pairs


def _at_most(most, key, of, place, default=REQUIRED):
    things = objects_in(of, key, place, default)
    if len(things) > most:
        raise PlanError(f"{place} has more than {most:,} {key}.")
    return things


def _read_categories(layout):
    categories = {}
    for nth, category in enumerate(_at_most(MAX_CATEGORIES, "categories", layout, "The plan"), 1):
        name = string_in(category, "name", f"Category {nth}")
        if not name.strip() or len(name) > MAX_CATEGORY_NAME:
            raise PlanError(
                f"Category {nth}: the name must have 1 to {MAX_CATEGORY_NAME} characters."
            )
        if name.casefold() in {other.casefold() for other in categories}:
            raise PlanError(f'Category "{name}" is listed twice; capitals make no difference.')
        categories[name] = color_in(category, "color", f'Category "{name}"', DEFAULT_COLOR)
    return categories


def _read_zone(zone, nth, categories):
    name = string_in(zone, "name", f"Zone {nth}", "")
    if len(name) > MAX_NAME:
        raise PlanError(f"Zone {nth}: the name is longer than {MAX_NAME} characters.")
    place = f'Zone "{name}"' if name else f"Zone {nth}"
    x, y = position_in(zone, "position", place)
    flag_in(zone, "displayed", place, False)
    label_in(zone, "zone_id", place, "")
    string_in(zone, "uuid", place, "")
    rows = [
        _read_row(row, f"{place}, row", row_nth, name, (x, y), categories)
        for row_nth, row in enumerate(_at_most(MAX_ROWS, "rows", zone, place), 1)
    ]
    areas = [
        read_area(area, f"{place}, area {area_nth}", (x, y))
        for area_nth, area in enumerate(_at_most(MAX_AREAS, "areas", zone, place, []), 1)
    ]
    return Zone(name, x, y, tuple(row for row in rows if row.seats), tuple(areas))


def _read_row(row, place, nth, zone, corner, categories):
    label = label_in(row, "row_number", f"{place} {nth}", None) or ""
    place = f"{place} {label}" if label else f"{place} {nth} of the list"
    x, y = position_in(row, "position", place, ORIGIN)
    corner = corner[0] + x, corner[1] + y
    string_in(row, "uuid", place, "")
    number_in(row, "number_of_seats", place, 0)
    seats = [
        _read_seat(seat, f"{place}, seat", seat_nth, zone, label, corner, categories)
        for seat_nth, seat in enumerate(_at_most(MAX_SEATS, "seats", row, place), 1)
    ]
    return Row(
        label,
        string_in(row, "row_number_position", place, ""),
        *corner,
        number_in(row, "seats_spacing", place, 0, smallest=0) or _spacing_of_sized(row, seats),
        tuple(seats),
        (),
    )


def _spacing_of_sized(row, seats):
    """Where all seats say how large they are: their usual step, or at most one and a half seats.

    So a row that has only gaps does not pass for a wide one. 0 where they do not say.
    """
    if not seats or not all(seat.get("radius") for seat in row["seats"]):
        return 0
    widest = 3 * min(seat.radius for seat in seats)
    return min(_usual_step(seats), widest) if len(seats) > 1 else widest


def _read_seat(seat, place, nth, zone, row, corner, categories):
    number = label_in(seat, "seat_number", f"{place} {nth} of the list")
    place = f"{place} {number}" if number else f"{place} {nth} of the list"
    string_in(seat, "seat_guid", place)
    string_in(seat, "uuid", place, "")
    number_in(seat, "start_angle", place, 0)
    category = string_in(seat, "category", place)
    if category not in categories:
        raise PlanError(f'{place}: there is no category "{category}".')
    x, y = position_in(seat, "position", place)
    radius = number_in(seat, "radius", place, DEFAULT_RADIUS, smallest=0)
    return Seat("", row, number, zone, category, corner[0] + x, corner[1] + y, radius, False)


def _refuse_shared_ids(layout):
    """Ids may be left empty; two seats of one id would be one seat to other programs."""
    seen = set()
    for zone in layout["zones"]:
        for row in zone["rows"]:
            for seat in row["seats"]:
                if seat["seat_guid"] in seen:
                    raise PlanError(f'Two seats have the "seat_guid" "{seat["seat_guid"]}".')
                if seat["seat_guid"]:
                    seen.add(seat["seat_guid"])


def _labelled(zones):
    """The zones with every seat's label, and what stands beside what."""
    labels = iter(
        seat_labels(
            [
                (nth, zone.name, seat.row, seat.seat)
                for nth, zone in enumerate(zones, 1)
                for row in zone.rows
                for seat in row.seats
            ]
        )
    )
    return tuple(
        zone._replace(rows=tuple(_with_runs(row, labels) for row in zone.rows)) for zone in zones
    )


def _with_runs(row, labels):
    runs = _runs(row.seats, row.spacing)
    ends = {nth for run in runs for nth in (run[0], run[-1])}
    seats = tuple(
        seat._replace(number=next(labels), is_aisle=nth in ends)
        for nth, seat in enumerate(row.seats)
    )
    return row._replace(seats=seats, runs=tuple(tuple(seats[nth] for nth in run) for run in runs))


def _runs(seats, spacing):
    """Lists of places in seats, cut where the next seat is more than 1.5 seats away."""
    spacing = spacing or (_usual_step(seats) if len(seats) > 1 else 0)
    order = _along(seats)
    runs = [order[:1]]
    for step, nth in zip(_steps(seats, order), order[1:], strict=True):
        if step > 1.5 * spacing:
            runs.append([])
        runs[-1].append(nth)
    return runs


def _usual_step(seats):
    """The shortest usual one, so that a row of many gaps does not pass for a wide one."""
    steps = _steps(seats, _along(seats))
    half = median(steps) / 2
    return min(step for step in steps if step >= half)


def _along(seats):
    """Places in seats, from one end of the row to the other; some rows run up the side."""
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    along = xs if max(xs) - min(xs) >= max(ys) - min(ys) else ys
    return sorted(range(len(seats)), key=lambda nth: along[nth])


def _steps(seats, order):
    return [hypot(seats[b].x - seats[a].x, seats[b].y - seats[a].y) for a, b in pairwise(order)]
