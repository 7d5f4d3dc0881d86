"""The best seats for a party, and the seats that a choice leaves single.

A run is seats side by side without a gap. In a ring, the last one is beside the first. A group is
chosen seats side by side in one run. A choice strands a seat if it leaves the seat free between two
that are not free, and the seat was not single before. The first and the last seat of a run that is
no ring are never stranded.

The best choice has the least `measure`: the fewest groups; then the fewest people who sit alone;
then the fewest stranded seats; then the shortest distances to the focal point.

An example: two people in a hall of two rows. s is free, t is taken, _ is a gap; X is chosen, Z is
stranded. Three of the possible choices:

    A  ss_____        XX_____        ss_____        sX_____
    B  ttssstt        ttssstt        ttXXZtt        ttZXZtt

    choice    groups  alone  stranded       distance
    A1 A2          1      0         0  1,470,588,235
    B3 B4          1      0         1    129,411,765
    A2 B4          2      2         2    482,352,941

A1 A2 is the best choice. The focal point is in the middle, two thirds back, so B3 B4 is much
nearer, but it strands B5, and stranded seats count before distances. A2 B4 has two groups, and
groups count first.
"""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from movies.seating.choice_search import FARTHEST, find_best_seats, stretches
from movies.seating.plan import Plan, Point, Ring, Run
from movies.seating.single_seats import opened, stranded_by


class Choice(NamedTuple):
    """Seat numbers: groups in plan order, each from left to right; stranded in plan order."""

    groups: tuple[tuple[str, ...], ...]
    stranded: tuple[str, ...]


class Measure(NamedTuple):
    """How bad a choice is. Measures compare as tuples: the lesser one is the better choice.

    alone: people who sit alone; 0 for a party of one. distance: the sum of the squared distances
    to the focal point, in proportion to the farthest seat of the hall, which is at FARTHEST.
    """

    groups: int
    alone: int
    stranded: int
    distance: int


def choose_seats(
    plan: Plan,
    count: int,
    *,
    free: AbstractSet[str],
    eligible: AbstractSet[str],
    partner_of: Mapping[str, str],
    focal_point: tuple[float, float],
    on_request: AbstractSet[str] = frozenset(),
) -> Choice | None:
    """Return the choice of `count` seats with the least measure, or None if there is none.

    count: at least 1. free: the seats that are not taken. eligible: the free seats that may be
    chosen. partner_of: {seat: the neighbour that is sold only together with it}, both ways.
    on_request: wheelchair and companion places; see `stranded_by`.
    Of several best choices it always returns the same one.
    """
    usable = {number for number in eligible if partner_of.get(number, number) in eligible}
    distances = _distances(plan, focal_point)
    seats = find_best_seats(
        [_opened_for_search(run, free, usable, partner_of, distances) for run in plan.runs],
        count,
        free=free,
        usable=usable,
        partner_of=partner_of,
        distances=distances,
        walls=on_request,
    )
    if seats is None:
        return None
    stranded = stranded_by(plan.rows, seats, free=free, on_request=on_request)
    return Choice(tuple(_groups(plan, seats)), tuple(stranded))


def default_focal_point(plan: Plan) -> Point:
    """Return the middle across, two thirds back from the front row."""
    xs, ys = [seat.x for seat in plan.seats], [seat.y for seat in plan.seats]
    return Point((min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * 2 / 3)


def measure(
    plan: Plan,
    seats: Iterable[str],
    *,
    free: AbstractSet[str],
    focal_point: tuple[float, float],
    on_request: AbstractSet[str] = frozenset(),
) -> Measure:
    """Return how bad a choice of seats is. The search never calls it; it defines the best choice.

    `free` are the seats that are free before.
    """
    seats = set(seats)
    groups, distances = _groups(plan, seats), _distances(plan, focal_point)
    return Measure(
        groups=len(groups),
        alone=sum(len(group) == 1 < len(seats) for group in groups),
        stranded=len(stranded_by(plan.rows, seats, free=free, on_request=on_request)),
        distance=sum(distances[number] for number in seats),
    )


def _opened_for_search(
    run: Run,
    free: AbstractSet[str],
    usable: AbstractSet[str],
    partner_of: Mapping[str, str],
    distances: Mapping[str, int],
) -> list[str]:
    """Return the seat numbers of a run. A ring is opened where no good group is cut in two.

    That is at a seat that is taken or not usable, or else at the farthest place between two pairs.
    """
    for among in (free, usable):
        numbers = opened(run, among)
        if len(numbers) > len(run) or not isinstance(run, Ring):
            return numbers
    farthest = max(
        (nth for nth, number in enumerate(numbers) if partner_of.get(number) != numbers[nth - 1]),
        key=lambda nth: distances[numbers[nth]],
    )
    return numbers[farthest:] + numbers[:farthest]


def _groups(plan: Plan, seats: Collection[str]) -> list[tuple[str, ...]]:
    return [tuple(stretch) for run in plan.runs for stretch in stretches(opened(run, seats), seats)]


def _distances(plan: Plan, focal_point: tuple[float, float]) -> dict[str, int]:
    """Return {seat number: squared distance} as whole numbers up to FARTHEST."""
    x, y = focal_point
    squares = {seat.number: (seat.x - x) ** 2 + (seat.y - y) ** 2 for seat in plan.seats}
    unit = max(squares.values()) / FARTHEST or 1
    return {number: round(square / unit) for number, square in squares.items()}
