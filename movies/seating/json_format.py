"""Reading the open seating plan JSON, the format of pretix and of its editors.

The JSON itself is what the project stores and exports; a Plan is read from it. Keys that are not
known here are allowed. docs/seating-plans.md describes the format.
"""

from collections.abc import Callable, Sequence

from core.names import name_key
from movies.seating.faults import Faults
from movies.seating.json_areas import ORIGIN, read_area
from movies.seating.json_values import (
    REQUIRED,
    JSONObject,
    Required,
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
from movies.seating.limits import (
    MAX_AREAS,
    MAX_CATEGORIES,
    MAX_CATEGORY_NAME,
    MAX_NAME,
    MAX_ROWS,
    MAX_SEATS,
    MAX_ZONES,
)
from movies.seating.numbering import SeatPlace, seat_numbers_of
from movies.seating.plan import Area, Plan, PlanError, Point, Ring, Row, Seat, Zone, unpaired
from movies.seating.runs import runs_of, spacing_of_sized

DEFAULT_COLOR = "#8a8f98"
DEFAULT_RADIUS = 10


def read_plan(
    layout: object,
    *,
    lines: Sequence[int] = (),
    is_sold_in_pairs: Callable[[str], bool] | None = None,
) -> Plan:
    """Read a plan from its JSON. Raises PlanError with all faults, each with its place.

    lines: the line of each row that has seats, where the layout was typed. is_sold_in_pairs: says
    whether a category is; then every seat of such a category must have a partner beside it.
    """
    if type(layout) is not dict:
        raise PlanError("A seating plan must be a JSON object.")
    check_values(layout)
    faults = Faults()
    name = faults.tried("", _name_in, layout)
    reader = _Reader(_read_categories(layout, faults), lines, faults)
    listed = faults.tried([], _at_most, MAX_ZONES, "zones", layout, "The plan")
    zones = [reader.zone(zone, nth) for nth, zone in enumerate(listed, 1)]
    _check_size(zones, faults)
    faults.tried(None, _ensure_unique_ids, reader.places, reader.seat_ids)
    width, height = faults.tried((0.0, 0.0), _size_in, layout, zones)
    zones = _numbered(zones, faults.tried(None, seat_numbers_of, reader.places))
    if is_sold_in_pairs is not None:
        reader.check_pairs(zones, {name for name in reader.categories if is_sold_in_pairs(name)})
    faults.raise_all()
    seats = tuple(seat for zone in zones for row in zone.rows for seat in row.seats)
    return Plan(name, reader.categories, tuple(zones), seats, width, height)


def _name_in(layout: JSONObject) -> str:
    name = string_in(layout, "name", "The plan")
    if not name.strip() or len(name) > MAX_NAME:
        raise PlanError(f"The plan's name must have 1 to {MAX_NAME} characters.")
    return name


def _size_in(layout: JSONObject, zones: Sequence[Zone]) -> tuple[float, float]:
    if "size" in layout:
        size = object_in(layout, "size", "The plan")
        width, height = (number_in(size, side, "Size", smallest=0) for side in ("width", "height"))
        return width, height
    seats = [seat for zone in zones for row in zone.rows for seat in row.seats]
    return max((seat.x for seat in seats), default=0), max((seat.y for seat in seats), default=0)


def _check_size(zones: Sequence[Zone], faults: Faults) -> None:
    """Raise PlanError at once for a plan that is too large; note a plan without seats."""
    rows = [row for zone in zones for row in zone.rows]
    if len(rows) > MAX_ROWS:
        faults.add(f"The plan has more than {MAX_ROWS:,} rows.")
    if sum(len(zone.areas) for zone in zones) > MAX_AREAS:
        faults.add(f"The plan has more than {MAX_AREAS:,} areas.")
    seat_count = sum(len(row.seats) for row in rows)
    if seat_count > MAX_SEATS:
        faults.add(f"The plan has more than {MAX_SEATS:,} seats.")
        faults.raise_all()
    if not seat_count and not faults:
        faults.add("The plan has no seats.")


def _at_most(
    limit: int, key: str, of: JSONObject, place: str, default: list[object] | Required = REQUIRED
) -> list[JSONObject]:
    things = objects_in(of, key, place, default)
    if len(things) > limit:
        raise PlanError(f"{place} has more than {limit:,} {key}.")
    return things


def _read_categories(layout: JSONObject, faults: Faults) -> dict[str, str] | None:
    """Return {category: colour}; None where a name is not known, so that no seat can be checked."""
    before = len(faults)
    listed = faults.tried([], _at_most, MAX_CATEGORIES, "categories", layout, "The plan")
    if len(faults) > before:
        return None
    categories: dict[str, str] = {}
    spelling: dict[str, str] = {}  # by name key
    is_complete = True
    for nth, category in enumerate(listed, 1):
        name = faults.tried(None, _category_name, category, nth)
        if name is None:
            is_complete = False
            continue
        other = spelling.setdefault(name_key(name), name)
        place = f'Category "{name}"'
        color = faults.tried(DEFAULT_COLOR, color_in, category, "color", place, DEFAULT_COLOR)
        if other is not name:
            faults.add(f'Category {nth}: "{name}" is the same name as "{other}"; list it once.')
        categories[name] = color
    return categories if is_complete else None


def _category_name(category: JSONObject, nth: int) -> str:
    name = string_in(category, "name", f"Category {nth}")
    if not name.strip() or len(name) > MAX_CATEGORY_NAME:
        raise PlanError(f"Category {nth}: the name must have 1 to {MAX_CATEGORY_NAME} characters.")
    return name


class _Reader:
    """Reads the zones of one plan, and goes on after a fault.

    Its seats have no seat numbers and its rows no runs yet. places and seat_ids: of the seats in
    the order of the plan; a seat without an id has "". faulty: the places of seats in rows that
    have a fault.
    """

    def __init__(
        self, categories: dict[str, str] | None, lines: Sequence[int], faults: Faults
    ) -> None:
        self.categories = categories or {}
        self.places: list[SeatPlace] = []
        self.seat_ids: list[str] = []
        self._are_categories_known = categories is not None
        self._lines = iter(lines)
        self._faults = faults
        self._faulty: set[int] = set()  # indexes into places

    def zone(self, zone: JSONObject, nth: int) -> Zone:
        tried = self._faults.tried
        name = tried("", string_in, zone, "name", f"Zone {nth}", "")
        if len(name) > MAX_NAME:
            self._faults.add(f"Zone {nth}: the name is longer than {MAX_NAME} characters.")
        place = f'Zone "{name[:MAX_NAME]}"' if name else f"Zone {nth}"
        corner = tried(Point(0, 0), position_in, zone, "position", place)
        tried(False, flag_in, zone, "displayed", place, False)
        tried("", label_in, zone, "zone_id", place, "")
        tried("", string_in, zone, "uuid", place, "")
        listed = tried([], _at_most, MAX_ROWS, "rows", zone, place)
        rows = [
            self._row(row, f"{place}, row", row_nth, SeatPlace(nth, name, "", ""), corner)
            for row_nth, row in enumerate(listed, 1)
        ]
        areas = tuple(self._areas(zone, place, corner))
        return Zone(name, *corner, tuple(row for row in rows if row.seats), areas)

    def check_pairs(self, zones: Sequence[Zone], categories: set[str]) -> None:
        """Note every seat of these categories without a partner, in rows without a fault."""
        rows = [row for zone in zones for row in zone.rows]
        places = iter(enumerate(self.places))
        for row in rows:
            of_seats = [next(places) for _ in row.seats]
            if self._faulty.intersection(nth for nth, _ in of_seats):
                continue
            place_of = {
                id(seat): place for seat, (_, place) in zip(row.seats, of_seats, strict=True)
            }
            for seat in unpaired([row], categories):
                place = place_of[id(seat)]
                self._faults.add(
                    f"{f'Line {place.line}' if place.line else place}: "
                    f"Seat {seat.number} is a {seat.category} seat without a partner beside it."
                )

    def _areas(self, zone: JSONObject, place: str, corner: Point) -> list[Area]:
        tried = self._faults.tried
        listed = tried([], _at_most, MAX_AREAS, "areas", zone, place, [])
        areas = [
            tried(None, read_area, area, f"{place}, area {nth}", corner)
            for nth, area in enumerate(listed, 1)
        ]
        return [area for area in areas if area is not None]

    def _row(self, row: JSONObject, place: str, nth: int, zone: SeatPlace, corner: Point) -> Row:
        tried, faults_before, seats_before = self._faults.tried, len(self._faults), len(self.places)
        label = tried("", label_in, row, "row_number", f"{place} {nth}", "")
        place = f"{place} {label}" if label else f"{place} {nth} of the list"
        x, y = tried(Point(0, 0), position_in, row, "position", place, ORIGIN)
        corner = Point(corner.x + x, corner.y + y)
        tried("", string_in, row, "uuid", place, "")
        tried(0, number_in, row, "number_of_seats", place, 0)
        listed = tried([], _at_most, MAX_SEATS, "seats", row, place)
        zone = zone._replace(row=label, line=next(self._lines, 0) if listed else 0)
        read = [
            self._seat(seat, f"{place}, seat", seat_nth, zone, corner)
            for seat_nth, seat in enumerate(listed, 1)
        ]
        seats = [seat for seat in read if seat is not None]
        label_position = tried("", string_in, row, "row_number_position", place, "")
        spacing = tried(0, number_in, row, "seats_spacing", place, 0, smallest=0)
        if len(self._faults) > faults_before:
            self._faulty.update(range(seats_before, len(self.places)))
        elif not spacing and listed and all(seat.get("radius") for seat in listed):
            spacing = spacing_of_sized(seats)
        return Row(label, label_position, *corner, spacing, tuple(seats), ())

    def _seat(
        self, seat: JSONObject, place: str, nth: int, row: SeatPlace, corner: Point
    ) -> Seat | None:
        """Return the seat, or None if what is written on it cannot be read."""
        tried = self._faults.tried
        number = tried(None, label_in, seat, "seat_number", f"{place} {nth} of the list")
        place = f"{place} {number}" if number else f"{place} {nth} of the list"
        seat_id = tried("", string_in, seat, "seat_guid", place)
        tried("", string_in, seat, "uuid", place, "")
        tried(0, number_in, seat, "start_angle", place, 0)
        category = tried(None, string_in, seat, "category", place)
        if category is not None and category not in self.categories and self._are_categories_known:
            self._faults.add(f'{place}: there is no category "{category}"; add it to "categories".')
        x, y = tried(Point(0, 0), position_in, seat, "position", place)
        radius = tried(1, number_in, seat, "radius", place, DEFAULT_RADIUS, smallest=0)
        if number is None:
            return None
        self.places.append(row._replace(seat=number))
        self.seat_ids.append(seat_id)
        x, y = corner.x + x, corner.y + y
        return Seat("", row.row, number, row.zone, category or "", x, y, radius, False)


def _ensure_unique_ids(places: Sequence[SeatPlace], seat_ids: Sequence[str]) -> None:
    """Raise PlanError for seats with the same id: other programs would see one seat."""
    first_with: dict[str, SeatPlace] = {}
    faults = []
    for place, seat_id in zip(places, seat_ids, strict=True):
        if not seat_id:
            continue
        other = first_with.setdefault(seat_id, place)
        if other is not place:
            faults.append(
                f'Two seats have the "seat_guid" "{seat_id}": {other}, and {place}; '
                'give each its own, or "".'
            )
    if faults:
        raise PlanError(*faults)


def _numbered(zones: Sequence[Zone], numbers: Sequence[str] | None) -> list[Zone]:
    """Return the zones with the seat numbers and the runs of their rows.

    Without `numbers` row and seat stand for the seat number; such a plan is only checked.
    """
    if numbers is None:
        seats = [seat for zone in zones for row in zone.rows for seat in row.seats]
        numbers = [seat.row + seat.seat for seat in seats]
    rest = iter(numbers)
    numbered = []
    for zone in zones:
        rows = tuple(_with_runs(row, [next(rest) for _ in row.seats]) for row in zone.rows)
        numbered.append(zone._replace(rows=rows))
    return numbered


def _with_runs(row: Row, numbers: list[str]) -> Row:
    runs = runs_of(row.seats, row.spacing)
    ends = {nth for order, is_ring in runs if not is_ring for nth in (order[0], order[-1])}
    seats = tuple(
        seat._replace(number=number, is_aisle=nth in ends)
        for nth, (seat, number) in enumerate(zip(row.seats, numbers, strict=True))
    )
    return row._replace(
        seats=seats,
        runs=tuple(
            (Ring if is_ring else tuple)(seats[nth] for nth in order) for order, is_ring in runs
        ),
    )
