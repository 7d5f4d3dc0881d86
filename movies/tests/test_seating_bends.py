"""Rows that bend around are read along the bend; straight rows as ever."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin
from statistics import median
from unittest import TestCase

from movies.seating.choice import choose_seats
from movies.seating.json_format import read_plan
from movies.seating.plan import Ring, Seat, partners, unpaired
from movies.seating.runs import runs_of
from movies.seating.single_seats import stranded_by
from movies.seating.svg import draw
from movies.seating.text_writer import to_text
from testing.halls import make_layout, make_row, make_seat, make_zone
from testing.properties import given, settings, st

PITCH = 30


def circle(seats, share=1.0, turned=0.0):
    """Return the places of seats on a circle, or on a share of it."""
    radius = seats * PITCH / (2 * pi * share)
    angles = [2 * pi * share * nth / seats + turned for nth in range(seats)]
    return [(round(radius * cos(a), 1), round(radius * sin(a), 1)) for a in angles]


def horseshoe(arm=10, front=8, width=9):
    return [
        *((0, PITCH * nth) for nth in range(arm, 0, -1)),
        *((PITCH * (1 + nth), 0) for nth in range(front)),
        *((PITCH * width, PITCH * nth) for nth in range(1, arm + 1)),
    ]


BENCH = [(PITCH * nth, y) for y in (0, 60) for nth in range(4)]
TABLES = [(150 * table + x, y) for table in range(5) for x, y in circle(8)]
BENT = {
    "ring": circle(48),
    "turned ring": circle(48, turned=1.0),
    "large ring": circle(200),
    "horseshoe of a circle": circle(30, share=0.8, turned=2.2),
    "horseshoe": horseshoe(),
    "narrow horseshoe": horseshoe(arm=10, front=0, width=0.9),
    "bench": BENCH,
    "round table": circle(8),
    "square table": [(0, 0), (30, 0), (30, 30), (0, 30)],
    "tables": TABLES,
    "spiral": [((60 + n) * cos(n / 3), (60 + n) * sin(n / 3)) for n in range(30)],
}


def shuffled(places):
    return sorted(places, key=lambda place: sin(97 * place[0] + 13 * place[1]))


def hall(places, category="Standard", **more):
    seats = [make_seat(str(nth), x, y, category) for nth, (x, y) in enumerate(places, 1)]
    return read_plan(make_layout(make_zone(rows=[make_row("A", seats, **more)])))


def best(plan, count, free=None):
    free = free or {seat.number for seat in plan.seats}
    first = plan.seats[0]
    return choose_seats(
        plan, count, free=free, eligible=free, partner_of={}, focal_point=(first.x, first.y)
    ).groups


def distance(one, other):
    return hypot(one.x - other.x, one.y - other.y)


class BentTests(TestCase):
    def test_neighbours_of_a_run_are_beside_each_other(self):
        for name, places in BENT.items():
            for order in (places, places[::-1], shuffled(places)):
                with self.subTest(name, order=order[:2]):
                    for run in hall(order).runs:
                        steps = [distance(a, b) for a, b in pairwise(run)]
                        self.assertLessEqual(max(steps, default=0), 1.5 * PITCH)

    def test_a_row_that_the_plan_lists_along_its_bend_is_one_run(self):
        for name in ("ring", "large ring", "horseshoe", "round table"):
            with self.subTest(name):
                plan = hall(BENT[name])
                [run] = plan.runs
                self.assertEqual(list(run), list(plan.seats))
                self.assertEqual(isinstance(run, Ring), "horseshoe" not in name)

    def test_a_row_that_the_plan_lists_in_any_order_has_the_same_neighbours(self):
        for name in ("ring", "horseshoe", "bench", "round table", "tables"):
            with self.subTest(name):
                places = BENT[name]
                listed = hall(places).runs
                mixed = hall(shuffled(places)).runs
                self.assertEqual(sorted(map(len, mixed)), sorted(map(len, listed)))
                self.assertEqual(
                    [isinstance(run, Ring) for run in mixed],
                    [isinstance(run, Ring) for run in listed],
                )

    def test_the_best_four_of_a_bench_or_a_table_sit_together(self):
        for name, places in BENT.items():
            with self.subTest(name):
                self.assertEqual([len(group) for group in best(hall(places), 4)], [4])

    def test_the_last_and_the_first_seat_of_a_ring_are_side_by_side(self):
        plan = hall(circle(48))
        self.assertEqual(best(plan, 2, free={"A48", "A1"}), (("A48", "A1"),))
        self.assertEqual(best(plan, 4), (("A47", "A48", "A1", "A2"),))
        self.assertEqual([len(group) for group in best(plan, 48)], [48])
        free = {"A48", "A1", "A2"}
        self.assertEqual(stranded_by(plan.rows, ["A2", "A48"], free=free), ["A1"])
        self.assertEqual(stranded_by(plan.rows, ["A2"], free=free), [])

    def test_couples_in_a_ring_and_in_a_horseshoe_have_partners(self):
        for places in (circle(48), horseshoe(), circle(8), BENCH):
            plan = hall(places, "Couple")
            self.assertEqual(unpaired(plan.rows, {"Couple"}), [])
            of_number = {seat.number: seat for seat in plan.seats}
            for one, other in partners(plan.runs, {"Couple"}).items():
                self.assertLess(distance(of_number[one], of_number[other]), 1.5 * PITCH)

    def test_a_couple_at_the_end_and_the_beginning_of_a_ring_is_a_pair(self):
        seats = [
            make_seat(str(nth), x, y, "Couple" if nth in (1, 24) else "Standard")
            for nth, (x, y) in enumerate(circle(24), 1)
        ]
        plan = read_plan(make_layout(make_zone(rows=[make_row("A", seats)])))
        self.assertEqual(partners(plan.runs, {"Couple"}), {"A24": "A1", "A1": "A24"})

    def test_a_ring_has_no_seat_at_an_aisle_and_a_horseshoe_two(self):
        self.assertEqual([s.number for s in hall(circle(48)).seats if s.is_aisle], [])
        aisles = [seat.number for seat in hall(horseshoe()).seats if seat.is_aisle]
        self.assertEqual(aisles, ["A1", "A28"])

    def test_a_gap_in_a_ring_is_an_aisle(self):
        plan = hall([place for nth, place in enumerate(circle(48), 1) if nth not in (10, 11)])
        self.assertEqual([s.seat for s in plan.seats if s.is_aisle], ["9", "10"])
        [run] = plan.runs
        self.assertEqual((run[0].seat, run[-1].seat, type(run)), ("10", "9", tuple))

    def test_the_floor_of_a_ring_is_closed(self):
        self.assertIn('z" fill="none" stroke="#fff"', draw(hall(circle(12)), shapes={}))
        self.assertNotIn('z" fill="none" stroke="#fff"', draw(hall(horseshoe()), shapes={}))

    def test_a_row_that_bends_cannot_be_typed(self):
        for places in BENT.values():
            self.assertIsNone(to_text(hall(places)))

    def test_five_thousand_seats_in_one_row_are_read(self):
        block = [(PITCH * x, PITCH * y) for x in range(100) for y in range(50)]
        self.assertEqual(len(hall(block).seats), 5000)
        two_spots = [(9000 * (nth % 2), nth // 2 / 1000) for nth in range(5000)]
        self.assertEqual(len(hall(two_spots, seats_spacing=900_000).seats), 5000)


class StraightTests(TestCase):
    """The runs of straight rows are those of 0.1.0, as `first_runs_of` works them out."""

    @settings(max_examples=300)
    @given(
        st.lists(st.integers(0, 400), min_size=1, max_size=30),
        st.sampled_from([(1, 0), (0, 1), (1, 1), (3, -1), (-2, 5)]),
        st.sampled_from([0, 0, 10, 30]),
    )
    def test_any_straight_row_keeps_its_runs(self, steps, direction, spacing):
        self.assert_same([(s * direction[0], s * direction[1]) for s in steps], spacing)

    @settings(max_examples=300)
    @given(
        st.integers(2, 40), st.floats(0.02, 0.45), st.sets(st.integers(0, 40)),
        st.sampled_from([0.0, 0.5]),
    )  # fmt: skip
    def test_any_curved_row_keeps_its_runs(self, seats, share, gaps, side):
        places = circle(seats, share, turned=2 * pi * (side - share / 2) + pi / 2)
        self.assert_same([p for nth, p in enumerate(places) if nth not in gaps] or [(0, 0)], 0)

    def test_a_row_with_seats_a_little_in_front_keeps_its_runs(self):
        self.assert_same([(PITCH * nth, 8 * (nth % 2)) for nth in range(20)], 0)

    def assert_same(self, places, spacing):
        seats = hall(places).seats
        runs = [run.order for run in runs_of(seats, spacing)]
        self.assertEqual(runs, first_runs_of(seats, spacing))


WIDEST_GAP = 1.5  # of the spacing, between neighbours


def first_runs_of(seats: Sequence[Seat], spacing: float) -> list[list[int]]:
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
