"""Reading the open seating plan JSON, the format of pretix and of its editors.

The JSON itself is what the project stores and exports; a Plan is read from it. Keys that are not
known here are allowed. docs/seating-plans.md describes the format.
"""

from core.names import name_key
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
from movies.seating.plan import Area, Plan, PlanError, Point, Row, Seat, Zone
from movies.seating.runs import runs_of, spacing_of_sized

DEFAULT_COLOR = "#8a8f98"
DEFAULT_RADIUS = 10


def read_plan(layout: object) -> Plan:
    """Read a plan from its JSON. Raises PlanError, which names the place that is wrong."""
    if type(layout) is not dict:
        raise PlanError("A seating plan must be a JSON object.")
    check_values(layout)
    name = string_in(layout, "name", "The plan")
    if not name.strip() or len(name) > MAX_NAME:
        raise PlanError(f"The plan's name must have 1 to {MAX_NAME} characters.")
    reader = _Reader(_read_categories(layout))
    listed = _at_most(MAX_ZONES, "zones", layout, "The plan")
    zones = [reader.zone(zone, nth) for nth, zone in enumerate(listed, 1)]
    if sum(len(zone.rows) for zone in zones) > MAX_ROWS:
        raise PlanError(f"The plan has more than {MAX_ROWS:,} rows.")
    if sum(len(zone.areas) for zone in zones) > MAX_AREAS:
        raise PlanError(f"The plan has more than {MAX_AREAS:,} areas.")
    seat_count = sum(len(row.seats) for zone in zones for row in zone.rows)
    if not seat_count:
        raise PlanError("The plan has no seats.")
    if seat_count > MAX_SEATS:
        raise PlanError(f"The plan has more than {MAX_SEATS:,} seats.")
    _ensure_unique_ids(reader.seat_ids)
    zones = _numbered(zones)
    seats = tuple(seat for zone in zones for row in zone.rows for seat in row.seats)
    if "size" in layout:
        size = object_in(layout, "size", "The plan")
        width, height = (number_in(size, side, "Size", smallest=0) for side in ("width", "height"))
    else:
        width, height = max(seat.x for seat in seats), max(seat.y for seat in seats)
    return Plan(name, reader.categories, tuple(zones), seats, width, height)


def _at_most(
    limit: int, key: str, of: JSONObject, place: str, default: list[object] | Required = REQUIRED
) -> list[JSONObject]:
    things = objects_in(of, key, place, default)
    if len(things) > limit:
        raise PlanError(f"{place} has more than {limit:,} {key}.")
    return things


def _read_categories(layout: JSONObject) -> dict[str, str]:
    categories: dict[str, str] = {}
    spelling: dict[str, str] = {}  # by name key
    for nth, category in enumerate(_at_most(MAX_CATEGORIES, "categories", layout, "The plan"), 1):
        name = string_in(category, "name", f"Category {nth}")
        if not name.strip() or len(name) > MAX_CATEGORY_NAME:
            raise PlanError(
                f"Category {nth}: the name must have 1 to {MAX_CATEGORY_NAME} characters."
            )
        other = spelling.setdefault(name_key(name), name)
        if len(spelling) < nth:
            raise PlanError(
                f'Category {nth}: "{name}" is the same name as "{other}"; list it once.'
            )
        categories[name] = color_in(category, "color", f'Category "{name}"', DEFAULT_COLOR)
    return categories


class _Reader:
    """Reads the zones of one plan.

    Its seats have no seat numbers and its rows no runs yet. seat_ids: the ids of the seats in the
    order of the plan; "" where a seat has none.
    """

    def __init__(self, categories: dict[str, str]) -> None:
        self.categories = categories
        self.seat_ids: list[str] = []

    def zone(self, zone: JSONObject, nth: int) -> Zone:
        name = string_in(zone, "name", f"Zone {nth}", "")
        if len(name) > MAX_NAME:
            raise PlanError(f"Zone {nth}: the name is longer than {MAX_NAME} characters.")
        place = f'Zone "{name}"' if name else f"Zone {nth}"
        corner = position_in(zone, "position", place)
        flag_in(zone, "displayed", place, False)
        label_in(zone, "zone_id", place, "")
        string_in(zone, "uuid", place, "")
        rows = [
            self._row(row, f"{place}, row", row_nth, name, corner)
            for row_nth, row in enumerate(_at_most(MAX_ROWS, "rows", zone, place), 1)
        ]
        areas = tuple(self._areas(zone, place, corner))
        return Zone(name, *corner, tuple(row for row in rows if row.seats), areas)

    def _areas(self, zone: JSONObject, place: str, corner: Point) -> list[Area]:
        return [
            read_area(area, f"{place}, area {nth}", corner)
            for nth, area in enumerate(_at_most(MAX_AREAS, "areas", zone, place, []), 1)
        ]

    def _row(self, row: JSONObject, place: str, nth: int, zone: str, corner: Point) -> Row:
        label = label_in(row, "row_number", f"{place} {nth}", "")
        place = f"{place} {label}" if label else f"{place} {nth} of the list"
        x, y = position_in(row, "position", place, ORIGIN)
        corner = Point(corner.x + x, corner.y + y)
        string_in(row, "uuid", place, "")
        number_in(row, "number_of_seats", place, 0)
        listed = _at_most(MAX_SEATS, "seats", row, place)
        seats = [
            self._seat(seat, f"{place}, seat", seat_nth, zone, label, corner)
            for seat_nth, seat in enumerate(listed, 1)
        ]
        label_position = string_in(row, "row_number_position", place, "")
        spacing = number_in(row, "seats_spacing", place, 0, smallest=0)
        if not spacing and listed and all(seat.get("radius") for seat in listed):
            spacing = spacing_of_sized(seats)
        return Row(label, label_position, *corner, spacing, tuple(seats), ())

    def _seat(
        self, seat: JSONObject, place: str, nth: int, zone: str, row: str, corner: Point
    ) -> Seat:
        number = label_in(seat, "seat_number", f"{place} {nth} of the list")
        place = f"{place} {number}" if number else f"{place} {nth} of the list"
        self.seat_ids.append(string_in(seat, "seat_guid", place))
        string_in(seat, "uuid", place, "")
        number_in(seat, "start_angle", place, 0)
        category = string_in(seat, "category", place)
        if category not in self.categories:
            raise PlanError(f'{place}: there is no category "{category}"; add it to "categories".')
        x, y = position_in(seat, "position", place)
        radius = number_in(seat, "radius", place, DEFAULT_RADIUS, smallest=0)
        return Seat("", row, number, zone, category, corner.x + x, corner.y + y, radius, False)


def _ensure_unique_ids(seat_ids: list[str]) -> None:
    """Raise PlanError if two seats have the same id: other programs would see one seat."""
    seen: set[str] = set()
    for seat_id in filter(None, seat_ids):
        if seat_id in seen:
            raise PlanError(
                f'Two seats have the "seat_guid" "{seat_id}"; give each its own, or "".'
            )
        seen.add(seat_id)


def _numbered(zones: list[Zone]) -> list[Zone]:
    """Return the zones with the seat numbers and the runs of their rows."""
    numbers = iter(
        seat_numbers_of(
            [
                SeatPlace(nth, zone.name, seat.row, seat.seat)
                for nth, zone in enumerate(zones, 1)
                for row in zone.rows
                for seat in row.seats
            ]
        )
    )
    numbered = []
    for zone in zones:
        rows = tuple(_with_runs(row, [next(numbers) for _ in row.seats]) for row in zone.rows)
        numbered.append(zone._replace(rows=rows))
    return numbered


def _with_runs(row: Row, numbers: list[str]) -> Row:
    runs = runs_of(row.seats, row.spacing)
    ends = {nth for run in runs for nth in (run[0], run[-1])}
    seats = tuple(
        seat._replace(number=number, is_aisle=nth in ends)
        for nth, (seat, number) in enumerate(zip(row.seats, numbers, strict=True))
    )
    return row._replace(seats=seats, runs=tuple(tuple(seats[nth] for nth in run) for run in runs))
