"""The search for the best seats of `choice`: the cheapest way to seat a party.

Cost. A cost is one whole number that compares like a measure. One group costs more than all
people who can sit alone, one person alone more than all seats that can be stranded, one stranded
seat more than all distances. Costs are whole numbers so that their sums are exact.

Search. It goes through the runs, the nearest first, and each run from left to right. For every
number of people it keeps only the cheapest way to seat so many in the seats seen so far (dynamic
programming). That is enough, because the price of a group depends on the group before it in one
case only: if exactly one seat is between the two, that seat is stranded. The search stops at the
first run that is too far away to make anything cheaper.

A search has a fixed number of groups: first the fewest that can seat the party, then one more,
until there is a way. Couple seats may need more groups than the sizes of the runs suggest.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from math import inf
from typing import NamedTuple

FARTHEST = 10**9  # the squared distance of the farthest seat; the others are in proportion

_Cost = int | float  # a whole number, or infinite
_Group = tuple[Sequence[str], int, int]  # (run, place where it begins, place where it ends)
_Ways = dict[int, tuple[_Cost, tuple[_Group, ...] | None]]  # {people: (cost, groups)}
_NO_WAY: tuple[_Cost, None] = inf, None


def find_best_seats(
    runs: Sequence[Sequence[str]],
    count: int,
    *,
    free: AbstractSet[str],
    usable: AbstractSet[str],
    partner_of: Mapping[str, str],
    distances: Mapping[str, int],
    walls: AbstractSet[str] = frozenset(),
) -> set[str] | None:
    """Return the `count` best seats, or None if no choice of so many exists.

    runs: seat numbers from left to right. usable: the seats that may be chosen, whole pairs only.
    distances: of every seat, at most FARTHEST. walls: seats that are never stranded, and beside
    which no seat is.
    """
    fewest = _fewest_groups(runs, usable)[: count + 1]
    if len(fewest) <= count or (count % 2 and usable <= partner_of.keys()):
        return None
    nearest = sorted(distances[number] for number in usable)[:count]
    party = _Party(
        count,
        free,
        usable,
        partner_of,
        distances,
        _weights(count),
        fewest,
        list(accumulate(nearest, initial=0)),
        walls,
    )
    nearest_first = _nearest_first(runs, usable, distances)
    for groups in range(fewest[count], count + 1):
        if seats := _cheapest_seats(nearest_first, groups, party):
            return seats
    return None


def stretches(run: Sequence[str], seats: Collection[str]) -> list[list[str]]:
    """Return the seats of the run that are among `seats`, cut where one is not."""
    return [list(stretch) for is_in, stretch in groupby(run, seats.__contains__) if is_in]


def _nearest_first(
    runs: Sequence[Sequence[str]], usable: AbstractSet[str], distances: Mapping[str, int]
) -> list[tuple[int, Sequence[str]]]:
    """Return (distance of its nearest usable seat, run); equally near runs stay in plan order."""
    with_distance = [
        (min(distances[number] for number in run if number in usable), run)
        for run in runs
        if not usable.isdisjoint(run)
    ]
    return sorted(with_distance, key=lambda pair: pair[0])


def _fewest_groups(runs: Sequence[Sequence[str]], usable: AbstractSet[str]) -> list[int]:
    """Return the fewest groups that seat 0, 1, 2, ... people. Pairs may need more."""
    lengths = [len(stretch) for run in runs for stretch in stretches(run, usable)]
    fewest = [0]
    for groups, length in enumerate(sorted(lengths, reverse=True), 1):
        fewest += [groups] * length
    return fewest


class _Weights(NamedTuple):
    """The cost of one group, of one person alone, and of one stranded seat.

    Each is more than the greatest sum of the next ones and of the distances.
    """

    group: int
    alone: int
    stranded: int

    def at_least(self, groups: int, people: int) -> int:
        """Return the least cost of so many people in so many groups, wherever they sit."""
        return self.group * groups + self.alone * max(0, 2 * groups - people)


def _weights(count: int) -> _Weights:
    stranded = count * FARTHEST + 1
    alone = stranded * (2 * count + 1)  # A seat strands at most two others.
    group = alone * (count + 1)
    return _Weights(group, alone, stranded)


@dataclass(frozen=True, slots=True)
class _Party:
    """The request, and lower bounds for 0 to `count` people.

    fewest: groups that they need. nearest: sum of the distances of the nearest seats.
    """

    count: int
    free: AbstractSet[str]
    usable: AbstractSet[str]
    partner_of: Mapping[str, str]
    distances: Mapping[str, int]
    weights: _Weights
    fewest: list[int]
    nearest: list[int]
    walls: AbstractSet[str]


class _Run(NamedTuple):
    """A run with its prices by place: place n is between its seats n - 1 and n.

    reach: the last place where a group that begins here may end; 0 where none may begin.
    A group costs the opening of the place where it begins, the closing of the place where it
    ends, and the weight of its size. A closing is infinite where it would split a pair.
    gap: the extra cost of a group that begins here if the last one ended one seat before.
    """

    numbers: Sequence[str]
    reach: list[int]
    opening: list[int]
    closing: list[_Cost]
    gap: list[int]


def _searchable(run: Sequence[str], party: _Party) -> _Run:
    inside_pair = {
        place
        for place, (left, right) in enumerate(pairwise(run), 1)
        if party.partner_of.get(left) == right
    }
    reach, end = [0] * len(run), 0
    for place in reversed(range(len(run))):
        end = (end or place + 1) if run[place] in party.usable else 0
        reach[place] = 0 if place in inside_pair else end
    ends = [True, True]
    # Beside a wall no seat is stranded: the two ends of the run, and seats that are walls.
    is_wall = [*ends, *(number in party.walls for number in run), *ends]
    is_free = [*ends, *(number in party.free or number in party.walls for number in run), *ends]
    distances = accumulate((party.distances[number] for number in run), initial=0)
    opening: list[int] = []
    closing: list[_Cost] = []
    gap: list[int] = []
    # Running sums: the distances of a group are the sum at its end minus the sum at its start.
    for place, distance in enumerate(distances):
        before_last, last, first, second = is_free[place : place + 4]
        wall_before, last_is_wall, first_is_wall, _ = is_wall[place : place + 4]
        is_between = last_is_wall or first_is_wall  # a wall is on one side of the place
        strands_last = last and not is_between
        strands_first = first and not is_between
        opening.append(party.weights.stranded * (strands_last and not before_last) - distance)
        closing.append(party.weights.stranded * (strands_first and not second) + distance)
        gap.append(party.weights.stranded * (strands_last and not wall_before))
    for place in inside_pair:
        closing[place] = inf
    return _Run(run, reach, opening, closing, gap)


def _steps(groups: int, party: _Party) -> list[tuple[int, int, list[int]]]:
    """Return (size, weight, befores) for each size of a group in a way with `groups` groups.

    befores: the possible numbers of people in the groups before one of this size.
    """
    count, fewest, weights = party.count, party.fewest, party.weights
    steps = []
    for size in range(1, count + 1):
        befores = [
            before
            for before in range(count - size + 1)
            if fewest[before] + 1 + fewest[count - size - before] <= groups
        ]
        if befores:
            steps.append((size, weights.group + weights.alone * (size == 1), befores))
    return steps


def _cheapest_seats(
    runs: Sequence[tuple[int, Sequence[str]]], groups: int, party: _Party
) -> set[str] | None:
    """Return the best seats in exactly `groups` groups, or None. Fewer groups are known to fail."""
    search = _Search(groups, party)
    for distance, run in runs:
        if search.is_beyond(distance):
            break
        search.go_through(_searchable(run, party))
    _, chosen = search.best[party.count]
    if chosen is None:
        return None
    return {number for run, start, end in chosen for number in run[start:end]}


class _Search:
    """The search for the cheapest way to seat all in a fixed number of groups.

    best: the cheapest way for each number of people in the runs so far. For the whole party it
    starts without groups, at a cost above that of any real way.
    rests: by the number of people seated, the least cost of seats for the others.
    """

    def __init__(self, groups: int, party: _Party) -> None:
        count, weights = party.count, party.weights
        self.count = count
        self.best: _Ways = {0: (0, ()), count: ((groups + 1) * weights.group, None)}
        self.steps = _steps(groups, party)
        self.rests = [weights.at_least(party.fewest[rest], rest) for rest in range(count, -1, -1)]
        self.smallest, *_ = self.steps[0]
        self.without_smallest = (
            weights.at_least(groups, count) + party.nearest[count - self.smallest]
        )

    def is_beyond(self, distance: int) -> bool:
        """Return whether a run whose nearest seat is so far away can make nothing cheaper."""
        return self.without_smallest + self.smallest * distance >= self.best[self.count][0]

    def go_through(self, run: _Run) -> None:
        """Add the ways with groups in this run to `best`.

        The ways that end at a place are added two places later, when the next group leaves two
        seats or more between; one place later at the price of the gap.
        """
        ended: defaultdict[int, _Ways] = defaultdict(dict)  # by the place where the last one ends
        for start, reach in enumerate(run.reach):
            if start - 2 in ended:
                _keep_cheaper(self.best, ended.pop(start - 2))
            if reach:
                if start - 1 in ended:
                    _keep_cheaper(self.best, ended[start - 1], run.gap[start])
                self.add_groups(run, start, ended)
        for ways in ended.values():
            _keep_cheaper(self.best, ways)

    def add_groups(self, run: _Run, start: int, ended: defaultdict[int, _Ways]) -> None:
        """Extend the best ways by each group that begins at `start`, unless it costs too much."""
        limit = self.best[self.count][0]
        for size, weight, befores in self.steps:
            end = start + size
            if end > run.reach[start]:
                break
            price = weight + run.opening[start] + run.closing[end]
            for before in befores:
                if before in self.best:
                    cost, groups = self.best[before]
                    cost += price
                    people = before + size
                    others = ended[end]
                    if cost + self.rests[people] < limit and cost < others.get(people, _NO_WAY)[0]:
                        others[people] = cost, (*(groups or ()), (run.numbers, start, end))


def _keep_cheaper(ways: _Ways, others: _Ways, more: int = 0) -> None:
    """Add the other ways, each at `more` cost, to `ways` where they are cheaper."""
    for people, (cost, groups) in others.items():
        if cost + more < ways.get(people, _NO_WAY)[0]:
            ways[people] = cost + more, groups
