"""The best seats against all choices there are, in random halls."""

from fractions import Fraction
from itertools import combinations, pairwise, product

from django.test import SimpleTestCase, tag

from movies.seating.choice import choose_seats, measure
from movies.seating.json_format import read_plan
from movies.seating.plan import partners
from movies.seating.single_seats import stranded_by
from movies.seating.text_format import parse_text
from testing.halls import chosen
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)

LONG_ROWS = st.text("sssssc", min_size=9, max_size=30)
ROWS = st.text("sssc_", min_size=1, max_size=9).filter(lambda row: row.strip("_"))


@st.composite
def situations(draw, rows=ROWS, most_eligible=10):
    """Draw a plan and the keyword arguments of choose_seats for it."""
    rows = draw(st.lists(rows, min_size=1, max_size=4))
    layout = parse_text("\n".join(f"R{nth}x {row}" for nth, row in enumerate(rows)), "Screen 2")
    for row in layout["zones"][0]["rows"]:
        if draw(st.booleans()):
            row["seats"].reverse()
    plan = read_plan(layout)
    numbers = [seat.number for seat in plan.seats]
    kinds = draw(st.lists(st.sampled_from("eeeeft"), min_size=len(numbers), max_size=len(numbers)))
    eligible = [n for n, kind in zip(numbers, kinds, strict=True) if kind == "e"]
    return plan, {
        "free": {n for n, kind in zip(numbers, kinds, strict=True) if kind != "t"},
        "eligible": set(eligible[:most_eligible]),
        "partner_of": partners(plan.runs, {"Couple"}),
        "focal_point": (draw(st.integers(-50, 300)), draw(st.integers(-50, 150))),
    }


def runs_of(plan):
    runs = [run for zone in plan.zones for row in zone.rows for run in row.runs]
    return [[seat.number for seat in run] for run in runs]


def splits_no_pair(seats, partner_of):
    return all(partner_of.get(number, number) in seats for number in seats)


def least_measure(plan, count, *, free, eligible, partner_of, focal_point):
    """Return the least measure of all choices, found in another way than `choose_seats` does.

    It goes from seat to seat. X is a chosen seat, s one left free, t a taken one. What the next
    seats cost depends only on the last two, so for each number of people and each state of the
    last two seats it keeps the cheapest way.
    """
    ways = {(0, None, None): (0, 0, 0, 0)}
    for run in runs_of(plan):
        for before, number in pairwise([None, *run, None]):
            kinds = "s" if number in free else "t" if number else [None]
            if partner_of.get(number, number) in eligible and number in eligible:
                kinds = "sX"
            *_, distance = measure(
                plan, [number] * bool(number), free=free, focal_point=focal_point
            )
            longer = {}
            for ((people, left, here), cost), right in product(ways.items(), kinds):
                if partner_of.get(number, "") == before and (here == "X") != (right == "X"):
                    continue
                people += right == "X"
                begins = here == "X" != left
                more = (
                    begins,
                    begins and right != "X" and count > 1,
                    here == "s" and "X" in {left, right} <= {"X", "t"},
                    distance * (right == "X"),
                )
                way = tuple(map(sum, zip(cost, more, strict=True)))
                longer[people, here, right] = min(way, longer.get((people, here, right), way))
            ways = longer
    return min((cost for (people, *_), cost in ways.items() if people == count), default=None)


@tag("slow")
class SearchTests(SimpleTestCase):
    def measure(self, plan, seats, told):
        return measure(plan, seats, free=told["free"], focal_point=told["focal_point"])

    @settings(max_examples=300, deadline=None)
    @given(situations(), st.integers(1, 5))
    def test_no_other_choice_is_better(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        others = [
            self.measure(plan, seats, told)
            for seats in combinations(sorted(told["eligible"]), count)
            if splits_no_pair(seats, told["partner_of"])
        ]
        found = choice and self.measure(plan, chosen(choice), told)
        self.assertEqual(found, min(others, default=None))

    @settings(max_examples=200, deadline=None)
    @given(situations(), st.integers(1, 5), st.sets(st.integers(0, 30)))
    def test_no_other_choice_is_better_beside_wheelchair_places(self, situation, count, places):
        plan, told = situation
        on_request = {seat.number for nth, seat in enumerate(plan.seats) if nth in places}
        choice = choose_seats(plan, count, on_request=on_request, **told)

        def measured(seats):
            known = {"free": told["free"], "focal_point": told["focal_point"]}
            return measure(plan, seats, on_request=on_request, **known)

        others = [
            measured(seats)
            for seats in combinations(sorted(told["eligible"]), count)
            if splits_no_pair(seats, told["partner_of"])
        ]
        found = choice and measured(chosen(choice))
        self.assertEqual(found, min(others, default=None))

    @quick
    @given(situations(LONG_ROWS, 99), st.integers(1, 12))
    def test_another_search_finds_no_better_choice_in_larger_halls(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        found = choice and self.measure(plan, chosen(choice), told)
        self.assertEqual(found, least_measure(plan, count, **told))

    @quick
    @given(situations(LONG_ROWS, 99), st.integers(1, 12))
    def test_a_choice_has_the_seats_groups_and_stranded_seats_that_it_says(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        if choice is None:
            return
        seats = chosen(choice)
        self.assertEqual(sum(map(len, choice.groups)), count)
        self.assertEqual(len(seats), count)
        self.assertLessEqual(seats, told["eligible"])
        self.assertTrue(splits_no_pair(seats, told["partner_of"]))
        drawn = [" ".join(n if n in seats else "," for n in run) for run in runs_of(plan)]
        groups = [group.strip(" ") for run in drawn for group in run.split(",")]
        self.assertEqual([" ".join(group) for group in choice.groups], [*filter(None, groups)])
        self.assertEqual([*choice.stranded], stranded_by(plan.rows, seats, free=told["free"]))

    @quick
    @given(situations(), st.data())
    def test_the_measure_is_what_its_docstring_says(self, situation, data):
        plan, told = situation
        seats = data.draw(st.sets(st.sampled_from(sorted(told["free"])))) if told["free"] else set()
        before, after = {}, {}
        for run in runs_of(plan):
            before |= dict(zip(run[1:], run, strict=False))
            after |= dict(zip(run, run[1:], strict=False))

        def is_single(number, free):
            beside = [before.get(number), after.get(number)]
            return number in free and None not in beside and free.isdisjoint(beside)

        free, left = told["free"], told["free"] - seats
        first = [number for number in seats if before.get(number) not in seats]
        alone = [number for number in first if after.get(number) not in seats]
        stranded = [
            seat.number
            for seat in plan.seats
            if is_single(seat.number, left) and not is_single(seat.number, free)
        ]
        self.assertEqual(stranded_by(plan.rows, seats, free=free), stranded)
        x, y = told["focal_point"]
        squares = {
            s.number: (Fraction(s.x) - x) ** 2 + (Fraction(s.y) - y) ** 2 for s in plan.seats
        }
        *counts, distance = self.measure(plan, seats, told)
        alone = len(alone) if len(seats) > 1 else 0
        self.assertEqual(counts, [len(first), alone, len(stranded)])
        expected = sum(squares[number] for number in seats) / (max(squares.values()) or 1)
        self.assertAlmostEqual(distance / 10**9, float(expected), places=6)
