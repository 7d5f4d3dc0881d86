"""Which seats of a row are neighbours: a row is cut into runs at its gaps.

A gap is a step of more than 1.5 times the spacing of the row. The spacing is what the plan says,
or is worked out from the distances and sizes of the seats.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from statistics import median

from movies.seating.plan import Seat

WIDEST_GAP = 1.5  # of the spacing, between neighbours
WIDEST_SPACING = 3  # of the radius of a seat: one and a half seats


def runs_of(seats: Sequence[Seat], spacing: float) -> list[list[int]]:
    """Return the runs of a row as lists of indexes into `seats`, each from left to right.

    A spacing of 0 is worked out from the usual step. A row has at least one seat.
    """
    spacing = spacing or (_usual_step(seats) if len(seats) > 1 else 0)
    order = _along(seats)
    runs = [order[:1]]
    for step, nth in zip(_steps(seats, order), order[1:], strict=True):
        if step > WIDEST_GAP * spacing:
            runs.append([])
        runs[-1].append(nth)
    return runs


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
    steps = _steps(seats, _along(seats))
    half = median(steps) / 2
    return min(step for step in steps if step >= half)


def _along(seats: Sequence[Seat]) -> list[int]:
    """Return indexes into `seats`, from one end of the row to the other.

    Along x, or along y for a row that runs up the side of the hall.
    """
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    along = xs if max(xs) - min(xs) >= max(ys) - min(ys) else ys
    return sorted(range(len(seats)), key=lambda nth: along[nth])


def _steps(seats: Sequence[Seat], order: Sequence[int]) -> list[float]:
    return [hypot(seats[b].x - seats[a].x, seats[b].y - seats[a].y) for a, b in pairwise(order)]
