"""What a seating plan is, and which of its seats are sold in pairs.

A plan has zones (stalls, balcony), a zone has rows, a row has seats. Three words that are easily
confused:

- row label: what is written at the row, "A"
- seat: what is written on the seat, "12"
- seat number: both together, unique in the plan, "A12". The rest of the project knows a seat by
  its seat number.

All positions and lengths are in the plan's own units. x grows to the right, y away from the
screen.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from movies.seating.limits import MAX_FAULTS


class PlanError(ValueError):
    """A seating plan is wrong. Each fault is a sentence that names the place and the reason."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(told(faults)))
        self.faults = faults


def told(faults: Sequence[str]) -> list[str]:
    """Return at most MAX_FAULTS sentences; the last one counts the faults that are left out."""
    if len(faults) <= MAX_FAULTS:
        return list(faults)
    shown = MAX_FAULTS - 1
    return [*faults[:shown], f"There are {len(faults) - shown:,} more faults."]


class Point(NamedTuple):
    """A place in the plan."""

    x: float
    y: float


class Seat(NamedTuple):
    """A seat. x and y are its middle; row, seat, zone and category are spelled as in the plan.

    is_aisle: it is the first or the last seat of its run.
    """

    number: str
    row: str
    seat: str
    zone: str
    category: str
    x: float
    y: float
    radius: float
    is_aisle: bool


Run = tuple[Seat, ...]  # seats side by side without a gap, from left to right


class Ring(tuple[Seat, ...]):
    """A run that is closed: its last seat is beside its first."""

    __slots__ = ()


class Row(NamedTuple):
    """A row. Its seats are in the order of the plan, which may be from right to left.

    label_position: at which end the label stands: "start", "end", "both" or "" (not said).
    spacing: the usual distance between neighbours; 0 where the plan does not say it.
    """

    label: str
    label_position: str
    x: float
    y: float
    spacing: float
    seats: tuple[Seat, ...]
    runs: tuple[Run, ...]


AreaShape = Literal["rectangle", "ellipse", "polygon", "text"]


class Area(NamedTuple):
    """A stage, a door or a caption that is drawn beside the seats.

    x and y are the top left corner of a rectangle and the middle of an ellipse. The points of a
    polygon and the position of the text are relative to x and y. rotation is in degrees,
    clockwise. A colour is "" where the plan does not say it.
    """

    shape: AreaShape
    x: float
    y: float
    rotation: float
    color: str
    border_color: str
    width: float
    height: float
    radius_x: float
    radius_y: float
    points: tuple[Point, ...]
    text: str
    text_x: float
    text_y: float
    text_size: float
    text_color: str


class Zone(NamedTuple):
    """A part of the hall, such as the balcony. Every row has at least one seat."""

    name: str
    x: float
    y: float
    rows: tuple[Row, ...]
    areas: tuple[Area, ...]


class Plan(NamedTuple):
    """A hall. categories: {name: colour}. seats: all seats in the order of zones, rows, seats."""

    name: str
    categories: dict[str, str]
    zones: tuple[Zone, ...]
    seats: tuple[Seat, ...]
    width: float
    height: float

    @property
    def rows(self) -> list[Row]:
        """The rows of all zones."""
        return [row for zone in self.zones for row in zone.rows]

    @property
    def runs(self) -> list[Run]:
        """The runs of all rows."""
        return [run for row in self.rows for run in row.runs]


def rows_by_number(plan: Plan) -> dict[str, Row]:
    """Return {seat number: the row that it stands in}."""
    return {seat.number: row for row in plan.rows for seat in row.seats}


def partners(runs: Iterable[Run], pair_categories: Collection[str]) -> dict[str, str]:
    """Return {seat number: seat number of its partner}, with both directions of each pair.

    `pair_categories` are the categories sold in pairs. In each of these runs neighbours of the same
    category pair up from the left: 1-2, 3-4. An odd last seat has no partner. In a ring they pair
    up from where the category begins.
    """
    return {seat.number: partner.number for seat, partner in _pairs_in(runs, pair_categories)}


def unpaired(rows: Sequence[Row], pair_categories: Collection[str]) -> list[Seat]:
    """Return the seats of categories sold in pairs that have no partner beside them."""
    paired = {id(seat) for row in rows for seat, _ in _pairs_in(row.runs, pair_categories)}
    return [
        seat
        for row in rows
        for seat in row.seats
        if seat.category in pair_categories and id(seat) not in paired
    ]


def _pairs_in(runs: Iterable[Run], pair_categories: Collection[str]) -> Iterator[tuple[Seat, Seat]]:
    """Yield each seat with its partner: both directions of each pair."""
    for run in runs:
        for category, group in groupby(_from_a_border(run), key=lambda seat: seat.category):
            if category in pair_categories:
                seats = list(group)
                for left, right in zip(seats[::2], seats[1::2], strict=False):
                    yield left, right
                    yield right, left


def _from_a_border(run: Run) -> Run:
    """Return the run; a ring from the first seat whose category is not that of the seat before."""
    if isinstance(run, Ring):
        for nth, seat in enumerate(run):
            if seat.category != run[nth - 1].category:
                return run[nth:] + run[:nth]
    return run
