"""Which seats of a hall are best for a party: side by side, and leaving no seat single.

A run is the seats side by side without an aisle, a group the chosen seats side by side in one.
A choice strands a seat that it leaves free between two that are not, if it was not so before.
The seats at the ends of a run are never stranded.

The best choice has the least `measure`. The search for it goes through the runs, each from left
to right, and keeps for every number of people only the cheapest way to seat so many. A cost is
one number that compares as the measure does, and a whole one, so that sums are exact.
"""

from collections import defaultdict
from itertools import accumulate, groupby, pairwise
from math import inf
from typing import NamedTuple

FARTHEST = 10**9  # the squared distance of the farthest seat; the others' are in proportion
NO_WAY = inf, None  # its cost, and its groups


class Choice(NamedTuple):
    """Seat numbers: groups in plan order, each from left to right; stranded in plan order."""

    groups: tuple[tuple[str, ...], ...]
    stranded: tuple[str, ...]


def choose_seats(plan, count, *, free, eligible, partner_of, focal_point):
    """The Choice of `count` seats, one or more, with the least `measure`; None if there is none.

    free: the set of seats that nobody has; eligible: the set of those that may be chosen;
    partner_of: {seat: the one beside it that it is only sold with}, both ways. Of several best
    choices it is always the same one.
    """
    usable = {number for number in eligible if partner_of.get(number, number) in eligible}
    fewest = _fewest_groups(plan, usable)[: count + 1]
    if len(fewest) <= count or (count % 2 and usable <= partner_of.keys()):
        return None
    distances = _distances(plan, focal_point)
    nearest = sorted(distances[number] for number in usable)[:count]
    nearest_sums = list(accumulate(nearest, initial=0))
    party = _Party(
        count, free, usable, partner_of, distances, _weights(count), fewest, nearest_sums
    )
    runs = _nearest_first(plan, usable, distances)
    for groups in range(fewest[count], count + 1):
        seats = _cheapest_seats(runs, groups, party)
        if seats:
            stranded = stranded_by(plan, seats, free=free)
            return Choice(tuple(_groups(plan, seats)), tuple(stranded))
    return None


def stranded_by(plan, seats, *, free):
    """The numbers, in plan order, of the seats that choosing these newly leaves single."""
    left = free - set(seats)
    stranded = {
        number
        for run in _runs(plan)
        for before, number, after in zip(run, run[1:], run[2:], strict=False)
        if number in left and before not in left and after not in left
        if before in free or after in free
    }
    return [seat.number for seat in plan.seats if seat.number in stranded]


def default_focal_point(plan):
    """(x, y) of the middle across, two thirds back; the screen is at the top."""
    xs, ys = [seat.x for seat in plan.seats], [seat.y for seat in plan.seats]
    return (min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * 2 / 3


def measure(plan, seats, *, free, focal_point):
    """(groups, people who sit alone, stranded seats, squared distances): less is better.

    Nobody sits alone in a party of one.
    """
    seats = set(seats)
    groups, distances = _groups(plan, seats), _distances(plan, focal_point)
    return (
        len(groups),
        sum(len(group) == 1 < len(seats) for group in groups),
        len(stranded_by(plan, seats, free=free)),
        sum(distances[number] for number in seats),
    )


def _runs(plan):
    rows = (row for zone in plan.zones for row in zone.rows)
    return [[seat.number for seat in run] for row in rows for run in row.runs]


def _groups(plan, seats):
    return [tuple(stretch) for run in _runs(plan) for stretch in _stretches(run, seats)]


def _stretches(run, seats):
    """Lists of the run's seats that are among `seats`, cut where one is not."""
    return [list(stretch) for is_in, stretch in groupby(run, seats.__contains__) if is_in]


def _distances(plan, focal_point):
    """{seat number: squared distance}, whole numbers."""
    x, y = focal_point
    squares = {seat.number: (seat.x - x) ** 2 + (seat.y - y) ** 2 for seat in plan.seats}
    unit = max(squares.values()) / FARTHEST or 1
    return {number: round(square / unit) for number, square in squares.items()}


def _nearest_first(plan, usable, distances):
    """[(distance of its nearest usable seat, run)]; equally near runs stay in plan order."""
    runs = [
        (min(distances[number] for number in run if number in usable), run)
        for run in _runs(plan)
        if not usable.isdisjoint(run)
    ]
    return sorted(runs, key=lambda pair: pair[0])


def _fewest_groups(plan, usable):
    """The fewest groups that 0, 1, 2, ... people fit in. Seats sold in pairs may need more."""
    lengths = [len(stretch) for run in _runs(plan) for stretch in _stretches(run, usable)]
    fewest = [0]
    for groups, length in enumerate(sorted(lengths, reverse=True), 1):
        fewest += [groups] * length
    return fewest


class _Weights(NamedTuple):
    """What one of each costs: more than all there can be of the ones below, and of distances."""

    group: int
    alone: int
    stranded: int

    def at_least(self, groups, people):
        """What so many people in so many groups cost, wherever they sit."""
        return self.group * groups + self.alone * max(0, 2 * groups - people)


def _weights(count):
    stranded = count * FARTHEST + 1
    alone = stranded * (2 * count + 1)  # a seat strands at most two
    group = alone * (count + 1)
    return _Weights(group, alone, stranded)


class _Party(NamedTuple):
    """What is asked for, and the least groups and distances that 0 to count people take."""

    count: int
    free: set[str]
    usable: set[str]
    partner_of: dict[str, str]
    distances: dict[str, int]
    weights: _Weights
    fewest: list[int]
    nearest: list[int]


class _Run(NamedTuple):
    """What the search asks of a run, by place: place n is between its seats n - 1 and n.

    reach: the last place where a group that begins here may end, 0 where none may begin.
    opening, closing: a group costs the opening of the place where it begins, the closing of the
    place where it ends, infinite where that parts a pair, and the weight of its size.
    gap: what the seat before this place costs if nothing else is between two groups.
    """

    numbers: list[str]
    reach: list[int]
    opening: list[int]
    closing: list[int | float]
    gap: list[int]


def _searchable(run, party):
    parted = {
        place
        for place, (left, right) in enumerate(pairwise(run), 1)
        if party.partner_of.get(left) == right
    }
    reach, end = [0] * len(run), 0
    for place in reversed(range(len(run))):
        end = (end or place + 1) if run[place] in party.usable else 0
        reach[place] = 0 if place in parted else end
    wall = [True, True]  # as good as free: no seat beside it is single
    is_free = [*wall, *(number in party.free for number in run), *wall]
    distances = accumulate((party.distances[number] for number in run), initial=0)
    opening, closing, gap = [], [], []
    for place, distance in enumerate(distances):
        before_last, last, first, second = is_free[place : place + 4]
        opening.append(party.weights.stranded * (last and not before_last) - distance)
        closing.append(party.weights.stranded * (first and not second) + distance)
        gap.append(party.weights.stranded * last)
    for place in parted:
        closing[place] = inf
    return _Run(run, reach, opening, closing, gap)


def _steps(groups, party):
    """[(size, weight, befores)] for the sizes of groups, so that `groups` groups may seat all.

    befores: how many people there may be in the groups before one of this size.
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


def _cheapest_seats(runs, groups, party):
    """The set of the best seats in that many groups, if fewer cannot do; None if nor can they."""
    search = _Search(groups, party)
    for distance, run in runs:
        if search.is_beyond(distance):
            break
        search.go_through(_searchable(run, party))
    _, chosen = search.best[party.count]
    return chosen and {number for run, start, end in chosen for number in run[start:end]}


class _Search:
    """For the cheapest way to seat all in that many groups, where fewer cannot do.

    best: {people: (cost, groups)} of the cheapest way for so many in the runs so far, each group
    (run, start, end). For all there is at first none, at a cost that any way is cheaper than.
    rests: by people who have seats, what seats for the others cost at least.
    """

    def __init__(self, groups, party):
        count, weights = party.count, party.weights
        self.count = count
        self.best = {0: (0, ()), count: ((groups + 1) * weights.group, None)}
        self.steps = _steps(groups, party)
        self.rests = [weights.at_least(party.fewest[rest], rest) for rest in range(count, -1, -1)]
        self.smallest, *_ = self.steps[0]
        self.without_smallest = (
            weights.at_least(groups, count) + party.nearest[count - self.smallest]
        )

    def is_beyond(self, distance):
        """Whether no cheaper way has a group in a run whose nearest seat is that far away."""
        return self.without_smallest + self.smallest * distance >= self.best[self.count][0]

    def go_through(self, run):
        """Put the ways with groups in this run into best.

        Each when the next group begins two seats off; one seat off, at the price of the gap.
        """
        ended = defaultdict(dict)  # {place where the last group ends: as best}
        for start, reach in enumerate(run.reach):
            if start - 2 in ended:
                _keep_cheaper(self.best, ended.pop(start - 2))
            if reach:
                if start - 1 in ended:
                    _keep_cheaper(self.best, ended[start - 1], run.gap[start])
                self.add_groups(run, start, ended)
        for ways in ended.values():
            _keep_cheaper(self.best, ways)

    def add_groups(self, run, start, ended):
        """Put each of the best ways with each group from `start` into ended, if not too dear."""
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
                    if cost + self.rests[people] < limit and cost < others.get(people, NO_WAY)[0]:
                        others[people] = cost, (*groups, (run.numbers, start, end))


def _keep_cheaper(ways, others, more=0):
    """Put those of the others, at so much more, into ways that are cheaper there."""
    for people, (cost, groups) in others.items():
        if cost + more < ways.get(people, NO_WAY)[0]:
            ways[people] = cost + more, groups
