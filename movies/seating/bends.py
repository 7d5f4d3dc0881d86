"""Rows that bend around: rings, horseshoes, seats at tables. Their neighbours by distance.

Two seats are linked if no third seat is nearer to both than they are to each other. The links of a
row that is read from one end to the other are its steps. Where they are not, the row bends, and
its runs are made of the shortest links, two at each seat.
"""

from bisect import insort
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise
from math import hypot, inf

from movies.seating.plan import Point, Seat

NEAREST = 12  # seats around a seat that can be its neighbours
MOST_BETWEEN = 200  # seats to either side of a step that are looked at
CLOSER = 1 - 1e-6  # distances that differ by less are the same

_Path = tuple[list[int], bool]  # indexes of seats; whether the last seat is beside the first


def along(seats: Sequence[Seat]) -> list[float]:
    """Return how far along its row each seat is: x, or y in a row that runs up the hall."""
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    return xs if max(xs) - min(xs) >= max(ys) - min(ys) else ys


def is_one_path(seats: Sequence[Seat], order: Sequence[int]) -> bool:
    """Return whether the steps from one end of the row to the other are links.

    `order` has the indexes of the seats in the order of `along`.
    """
    places = along(seats)
    for nth, (a, b) in enumerate(pairwise(order)):
        step = _distance(seats[a], seats[b]) * CLOSER
        for way in (range(nth - 1, -1, -1), range(nth + 2, len(order))):
            for c in map(order.__getitem__, way[:MOST_BETWEEN]):
                if max(abs(places[c] - places[a]), abs(places[c] - places[b])) >= step:
                    break
                if _distance(seats[a], seats[c]) < step and _distance(seats[b], seats[c]) < step:
                    return False
    return True


def nearest_steps(seats: Sequence[Seat]) -> list[float]:
    """Return the distance of each seat to the nearest other one. At least two seats."""
    return [near[0][0] for near in _nearest(seats, 1)]


def paths_along(seats: Sequence[Seat], longest: float) -> list[_Path]:
    """Return the runs of a row that bends, with links of at most `longest`.

    They are in the order of the plan where it follows the links. Elsewhere they are made of the
    shortest links, and of equally long ones those that the plan follows.
    """
    links = _links(seats, longest)
    in_plan, shortest = _paths_in_plan(len(seats), set(links)), _shortest_paths(seats, links)
    return in_plan if len(in_plan) <= len(shortest) else shortest


def _paths_in_plan(count: int, links: Set[tuple[int, int]]) -> list[_Path]:
    """Return the order of the plan, cut where it does not follow a link."""
    starts = [nth for nth in range(count) if (nth - 1, nth) not in links]
    return [
        (list(range(start, end)), end - start > 2 and (start, end - 1) in links)
        for start, end in pairwise([*starts, count])
    ]


def _shortest_paths(seats: Sequence[Seat], links: Iterable[tuple[int, int]]) -> list[_Path]:
    links_at: list[list[int]] = [[] for _ in seats]
    group = list(range(len(seats)))  # seats that are in one path lead to the same seat
    closing = set()
    for a, b in links:
        if len(links_at[a]) > 1 or len(links_at[b]) > 1:
            continue
        one, other = _root(group, a), _root(group, b)
        if one == other:  # closes a ring, if no other link makes the path longer
            closing.add((a, b))
            continue
        group[other] = one
        links_at[a].append(b)
        links_at[b].append(a)
    paths = [_walked(seats, links_at, start, closing) for start in _starts(links_at)]
    return sorted(paths, key=lambda path: min(path[0]))


def _links(seats: Sequence[Seat], longest: float) -> list[tuple[int, int]]:
    """Return the links of at most this length, the shortest first."""
    around = _nearest(seats, NEAREST)
    found = set()
    for a, near in enumerate(around):
        for place, (distance, b) in enumerate(near):
            if distance > longest:
                break
            nearer = (c for _, c in near[:place])
            if not any(_distance(seats[b], seats[c]) < distance * CLOSER for c in nearer):
                found.add((min(a, b), max(a, b)))
    usual = max(longest, 1e-9)

    def length(link: tuple[int, int]) -> tuple[float, bool, tuple[int, int]]:
        a, b = link
        return round(_distance(seats[a], seats[b]) / usual, 3), b - a != 1, link

    return sorted(found, key=length)


def _starts(links_at: Sequence[Sequence[int]]) -> Iterable[int]:
    """Return one end of each path."""
    seen: set[int] = set()
    for start, links in enumerate(links_at):
        if len(links) < 2 and start not in seen:
            yield start
            seen.add(_way(links_at, start)[-1])


def _way(links_at: Sequence[Sequence[int]], start: int) -> list[int]:
    way = [start]
    while further := [nth for nth in links_at[way[-1]] if nth not in way[-2:]]:
        way.append(further[0])
    return way


def _walked(
    seats: Sequence[Seat],
    links_at: Sequence[Sequence[int]],
    start: int,
    closing: Set[tuple[int, int]],
) -> _Path:
    way = _way(links_at, start)
    ends = min(way[0], way[-1]), max(way[0], way[-1])
    is_ring = len(way) > 2 and ends in closing
    if is_ring:
        first = way.index(min(way))
        way = way[first:] + way[:first]
        return way if way[1] < way[-1] else way[:1] + way[:0:-1], True
    in_plan = sorted(way)
    if way != in_plan and way[::-1] != in_plan:
        in_plan = way if _place(seats[way[0]]) <= _place(seats[way[-1]]) else way[::-1]
    return in_plan, False


def _place(seat: Seat) -> Point:
    return Point(seat.x, seat.y)


def _root(group: list[int], nth: int) -> int:
    while group[nth] != nth:
        group[nth] = group[group[nth]]
        nth = group[nth]
    return nth


def _nearest(seats: Sequence[Seat], count: int) -> list[list[tuple[float, int]]]:
    """Return (distance, index) of the nearest other seats of each seat, the nearest first.

    Looks to both sides along x or y until nothing nearer can come. Along the one with more
    different values, so that few seats are looked at.
    """
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    places = xs if len(set(xs)) >= len(set(ys)) else ys
    order = sorted(range(len(seats)), key=places.__getitem__)
    found: list[list[tuple[float, int]]] = [[] for _ in seats]
    for place, a in enumerate(order):
        near: list[tuple[float, int]] = []
        for way in (range(place - 1, -1, -1), range(place + 1, len(order))):
            for other in way:
                b = order[other]
                farthest = near[-1][0] if len(near) == count else inf
                if abs(places[b] - places[a]) >= farthest:
                    break
                distance = _distance(seats[a], seats[b])
                if distance < farthest:
                    insort(near, (distance, b))
                    del near[count:]
        found[a] = near
    return found


def _distance(one: Seat, other: Seat) -> float:
    return hypot(one.x - other.x, one.y - other.y)
