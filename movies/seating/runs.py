"""Which seats of a row are neighbours: a row is cut into runs at its gaps.

A gap is a step of more than 1.5 times the spacing of the row. The spacing is what the plan says,
or is worked out from the distances and sizes of the seats.

Most rows are read along one side: from left to right, or from front to back. A row that bends
around, such as a ring, a horseshoe or the seats at a table, is read along the bend by `bends`.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from statistics import median
from typing import NamedTuple

from movies.seating.bends import along, is_one_path, nearest_steps, paths_along
from movies.seating.plan import Seat

WIDEST_GAP = 1.5  # of the spacing, between neighbours
WIDEST_SPACING = 3  # of the radius of a seat: one and a half seats


class RunOrder(NamedTuple):
    """Indexes of the seats of a run, from left to right where it has a left and a right end.

    is_ring: the last seat is beside the first.
    """

    order: list[int]
    is_ring: bool


def runs_of(seats: Sequence[Seat], spacing: float) -> list[RunOrder]:
    """Return the runs of a row, with indexes into `seats`.

    A spacing of 0 is worked out from the usual step. A row has at least one seat.
    """
    spacing = spacing or (_usual_step(seats) if len(seats) > 1 else 0)
    order = _along(seats)
    if not is_one_path(seats, order):
        return [RunOrder(*path) for path in paths_along(seats, WIDEST_GAP * spacing)]
    runs = [order[:1]]
    for step, nth in zip(_steps(seats, order), order[1:], strict=True):
        if step > WIDEST_GAP * spacing:
            runs.append([])
        runs[-1].append(nth)
    return [RunOrder(run, is_ring=False) for run in runs]


def bends(seats: Sequence[Seat]) -> bool:
    """Return whether a row bends around, so that it cannot be read along one side."""
    return not is_one_path(seats, _along(seats))


def spacing_of_sized(seats: Sequence[Seat]) -> float:
    """Return the spacing of seats whose sizes the plan gives: their usual step, within bounds.

    The bound is one and a half of the smallest seat, so that a row of nothing but gaps is not
    taken for a row of wide seats.
    """
    widest = WIDEST_SPACING * min(seat.radius for seat in seats)
    return min(_usual_step(seats), widest) if len(seats) > 1 else widest


def _usual_step(seats: Sequence[Seat]) -> float:
    """Return the shortest of the steps that are at least half the median.

    The shortest, so that a row of many gaps is not taken for a row of wide seats; half the median,
    so that two seats in almost one spot do not decide.
    """
    order = _along(seats)
    steps = _steps(seats, order) if is_one_path(seats, order) else nearest_steps(seats)
    half = median(steps) / 2
    return min(step for step in steps if step >= half)


def _along(seats: Sequence[Seat]) -> list[int]:
    """Return indexes into `seats`, from one end of the row to the other.

    Along x, or along y for a row that runs up the side of the hall.
    """
    return sorted(range(len(seats)), key=along(seats).__getitem__)


def _steps(seats: Sequence[Seat], order: Sequence[int]) -> list[float]:
    return [hypot(seats[b].x - seats[a].x, seats[b].y - seats[a].y) for a, b in pairwise(order)]
