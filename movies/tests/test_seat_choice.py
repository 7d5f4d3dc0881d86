"""The best seats for a party: examples as pictures, then all the choices there are."""

from fractions import Fraction
from itertools import combinations, pairwise, product

from django.test import SimpleTestCase

from movies.seating.choice import choose_seats, default_focal_point, measure, stranded_by
from movies.seating.plan import partners, read_plan
from movies.seating.text_format import parse_text
from testing.properties import given, settings, st

MARKS = "t = Taken\nX = Chosen\nY = Chosen pair\nZ = Stranded\n"
quick = settings(max_examples=100, deadline=None)


def plan_of(text):
    return read_plan(parse_text(MARKS + text, "Screen 2"))


def seats_of(plan, *categories):
    return {seat.number for seat in plan.seats if seat.category in categories}


def free_in(plan):
    return {seat.number for seat in plan.seats} - seats_of(plan, "Taken")


def choose(plan, count, *, free=None, eligible=None, focal_point=None):
    """Left out: what is not Taken is free, and eligible but for Wheelchair places."""
    free = free_in(plan) if free is None else free
    return choose_seats(
        plan,
        count,
        free=free,
        eligible=free - seats_of(plan, "Wheelchair") if eligible is None else eligible,
        partner_of=partners(plan, {"Couple"}),
        focal_point=focal_point or default_focal_point(plan),
    )


def chosen(choice):
    return {number for group in choice.groups for number in group}


class ExampleTests(SimpleTestCase):
    """X are the seats to be chosen, Y those of pairs; s, c, w are free, t are taken."""

    def chooses(self, picture, **given):
        wanted = seats_of(plan_of(picture), "Chosen", "Chosen pair")
        plan = plan_of(picture.replace("X", "s").replace("Y", "c"))
        choice = choose(plan, len(wanted), **given)
        self.assertEqual(chosen(choice), wanted)
        return choice

    def test_an_empty_hall_fills_from_the_middle_two_thirds_back(self):
        self.chooses("""
            A  ssssssss
            B  ssssssss
            C  sssXXsss
            D  ssssssss
        """)
        self.chooses("""
            A  ssssssss
            B  sssXXsss
            C  sssttsss
            D  ssssssss
        """)
        self.chooses("""
            A  sssttsss
            B  sssttsss
            C  sXXttsss
            D  sssttsss
        """)

    def test_another_focal_point_is_another_choice(self):
        self.chooses("A  XXssssss", focal_point=(0, 0))
        self.chooses("A  ssssssXX", focal_point=(1000, 0))

    def test_among_equally_good_seats_the_first_in_plan_order_are_chosen(self):
        self.chooses("A  sXss")
        self.chooses("A  sX_ss")
        self.chooses("A  sXs\nB  sss", focal_point=(30, 15))
        self.chooses("A  X_XX_s")

    def test_a_party_moves_along_so_that_no_seat_stays_single(self):
        self.chooses("A  tXXsst")
        self.chooses("A  tssXXsst")
        self.chooses("A  ssXXt")

    def test_a_seat_at_a_wall_or_an_aisle_may_stay_single(self):
        self.assertEqual(self.chooses("A  sXXXt", focal_point=(0, 0)).stranded, ())
        self.assertEqual(self.chooses("A  tXXXs_ss", focal_point=(1000, 0)).stranded, ())

    def test_people_go_to_a_worse_row_so_that_no_seat_stays_single(self):
        self.chooses("""
            A  XX_____
            B  ttssstt
        """)

    def test_a_seat_stays_single_so_that_people_sit_side_by_side(self):
        choice = self.chooses("""
            A  tXXXst
            B  ss__ss
        """)
        self.assertEqual(choice.groups, (("A2", "A3", "A4"),))
        self.assertEqual(choice.stranded, ("A5",))

    def test_nobody_sits_side_by_side_across_an_aisle_or_a_taken_seat(self):
        self.chooses("""
            A  XXXX___
            B  sss_sss
            C  ssstsss
        """)

    def test_a_party_is_split_into_as_few_groups_as_can_be(self):
        choice = self.chooses("""
            A  XXXX_ss
            B  ss_XX_ss
            C  ss_ss_ss
        """)
        self.assertEqual(len(choice.groups), 2)

    def test_nobody_sits_alone_where_that_can_be(self):
        self.chooses("A  sXX_XX_ss")
        self.chooses("A  XXs_XX", focal_point=(0, 0))
        self.chooses("A  XX_X_s")

    def test_groups_on_both_sides_of_a_seat_strand_it(self):
        choice = self.chooses("A  XXwss\nB  XX_ss", focal_point=(59, 0))
        self.assertEqual(choice.groups, (("A1", "A2"), ("B1", "B2")))
        choice = self.chooses("A  XXtXX\nB  ss_ss", focal_point=(59, 0))
        self.assertEqual(choice.stranded, ())
        choice = self.chooses("A  XXwXX")
        self.assertEqual(choice.stranded, ("A3",))

    def test_pairs_are_chosen_whole(self):
        self.chooses("A  ccYYXs")
        self.chooses("A  sYYs")
        self.chooses("A  XYYs")
        self.chooses("A  ccX")
        choice = self.chooses("A  YYsYY")
        self.assertEqual(choice, ((("A1", "A2"), ("A4", "A5")), ("A3",)))

    def test_half_a_pair_is_not_chosen_where_the_other_half_is_taken_or_not_eligible(self):
        plan = plan_of("A  ccs")
        free = {"A2", "A3"}
        self.assertEqual(chosen(choose(plan, 1, free=free)), {"A3"})
        self.assertIsNone(choose(plan, 2, free=free))
        self.assertIsNone(choose(plan, 2, eligible=free))

    def test_there_may_be_no_way(self):
        self.assertIsNone(choose(plan_of("A  ssts"), 4))
        self.assertIsNone(choose(plan_of("A  wws"), 2))
        self.assertIsNone(choose(plan_of("A  cc_cccc"), 3))
        self.assertIsNone(choose(plan_of("A  ttt"), 1))

    def test_everybody_fits_where_exactly_so_many_seats_are_left(self):
        choice = self.chooses("""
            A  XtXtXXwX
            B  ttXXXttt
            C  tYYttYYX
        """)
        self.assertEqual(len(choice.groups), 7)

    def test_groups_are_in_plan_order_and_their_seats_from_left_to_right(self):
        choice = self.chooses("A < XXtXX\nB   t_X_t")
        self.assertEqual(choice.groups, (("A5", "A4"), ("A2", "A1"), ("B2",)))
        self.assertEqual(choice.stranded, ())

    def test_zones_are_one_hall(self):
        self.chooses("""
            [Stalls]
            A  XXt
            [Balcony]
            K  t_XX
        """)

    def test_rows_run_up_the_side_and_seats_are_listed_in_any_order(self):
        places = [(0, 60), (0, 0), (0, 30), (0, 150), (0, 120)]
        row = {
            "row_number": "A",
            "position": {"x": 0, "y": 0},
            "seats_spacing": 30,
            "seats": [
                {
                    "seat_guid": "",
                    "seat_number": str(y // 30),
                    "position": {"x": x, "y": y},
                    "category": "Standard",
                }
                for x, y in places
            ],
        }
        zone = {"name": "Box", "position": {"x": 0, "y": 0}, "rows": [row]}
        plan = read_plan({"name": "x", "categories": [{"name": "Standard"}], "zones": [zone]})
        self.assertEqual(default_focal_point(plan), (0, 100))
        self.assertEqual(choose(plan, 3).groups, (("A0", "A1", "A2"),))
        self.assertEqual(choose(plan, 2).groups, (("A4", "A5"),))
        self.assertEqual(stranded_by(plan, ["A2", "A0"], free={"A2", "A1", "A0"}), ["A1"])

    def test_a_hall_of_one_seat_has_a_choice(self):
        self.assertEqual(choose(plan_of("A  s"), 1), ((("A1",),), ()))

    def test_rounding_of_coordinates_decides_nothing(self):
        for pitch in [0.1, 0.7, 1 / 3, 100_000 / 7, 1e-200, 0]:
            with self.subTest(pitch=pitch):
                layout = parse_text(MARKS + "A  ssstsss", "Screen 2")
                for nth, seat in enumerate(layout["zones"][0]["rows"][0]["seats"]):
                    seat["position"]["x"] = nth * pitch
                    seat["radius"] = 0
                self.assertEqual(chosen(choose(read_plan(layout), 3)), {"A1", "A2", "A3"})

    def test_a_hall_of_5000_seats_is_searched(self):
        plan = plan_of("\n".join(f"R{n}x  {'s' * 19}t{'s' * 19}t{'s' * 10}" for n in range(100)))
        self.assertEqual(len(plan.seats), 5000)
        self.assertEqual(len(choose(plan, 20).groups), 2)


class StrandedTests(SimpleTestCase):
    """X are the seats to be chosen, t were taken before; Z are those that this strands."""

    def strands(self, picture):
        plan = plan_of(picture)
        stranded = stranded_by(plan, seats_of(plan, "Chosen"), free=free_in(plan))
        self.assertEqual(set(stranded), seats_of(plan, "Stranded"))

    def test_a_free_seat_between_two_that_are_not_is_stranded(self):
        self.strands("A  XZX")
        self.strands("A  tZXss")
        self.strands("A  ssXZXZt")

    def test_a_seat_at_the_end_of_a_run_is_not(self):
        self.strands("A  sXXs")
        self.strands("A  tXs_sXt")

    def test_nor_are_two_seats(self):
        self.strands("A  XssXsst")

    def test_nor_is_one_that_was_single_before(self):
        self.strands("A  tstXXss")
        self.strands("A  tXt")

    def test_any_free_seat_counts(self):
        plan = plan_of("A  scwXwcs")
        self.assertEqual(stranded_by(plan, ["A2", "A4"], free=free_in(plan)), ["A3"])

    def test_seats_that_were_taken_already_strand_none(self):
        plan = plan_of("A  tstss")
        self.assertEqual(stranded_by(plan, ["A1", "A3"], free=free_in(plan)), [])

    def test_they_are_in_plan_order(self):
        plan = plan_of("B < sssss\nA sss")
        free = free_in(plan)
        seats = ["A1", "A3", "B1", "B3", "B5"]
        self.assertEqual(stranded_by(plan, seats, free=free), ["B4", "B2", "A2"])


class MeasureTests(SimpleTestCase):
    def test_it_counts_groups_then_people_alone_then_stranded_seats(self):
        for picture, counts in [
            ("A  XX", (1, 0, 0)),
            ("A  XZX", (2, 2, 1)),
            ("A  XXZX_X", (3, 2, 1)),
            ("A  sXs", (1, 0, 0)),
            ("A  tZXZt", (1, 0, 2)),
        ]:
            with self.subTest(picture=picture):
                plan = plan_of(picture)
                seats = seats_of(plan, "Chosen")
                found = measure(plan, seats, free=free_in(plan), focal_point=(0, 0))
                self.assertEqual(found[:3], counts)

    def test_then_squared_distances_whatever_the_order_of_the_seats(self):
        plan = plan_of("A  sssss\nB  ssss")
        free = free_in(plan)
        *_, one = measure(plan, ["A2"], free=free, focal_point=(0, 0))
        *_, three = measure(plan, ["B4", "B2", "A5"], free=free, focal_point=(0, 0))
        self.assertEqual(three, 28 * one)

    def test_the_focal_point_is_in_the_middle_two_thirds_back(self):
        self.assertEqual(default_focal_point(plan_of("A  __sssss\nB  s\n\nC  s")), (90, 60))
        self.assertEqual(default_focal_point(plan_of("A  s")), (0, 0))


LONG_ROWS = st.text("sssssc", min_size=9, max_size=30)
ROWS = st.text("sssc_", min_size=1, max_size=9).filter(lambda row: row.strip("_"))


@st.composite
def situations(draw, rows=ROWS, most_eligible=10):
    """(plan, what choose_seats is told of it)"""
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
        "partner_of": partners(plan, {"Couple"}),
        "focal_point": (draw(st.integers(-50, 300)), draw(st.integers(-50, 150))),
    }


def runs_of(plan):
    runs = [run for zone in plan.zones for row in zone.rows for run in row.runs]
    return [[seat.number for seat in run] for run in runs]


def parts_no_pair(seats, partner_of):
    return all(partner_of.get(number, number) in seats for number in seats)


def least_measure(plan, count, *, free, eligible, partner_of, focal_point):
    """The least measure of all choices: X is a seat chosen, s one left free, t one taken.

    From each seat to the next go the cheapest ways of seating so many that are alike in the last
    two seats, on which alone it depends what the seats to come cost.
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


class EveryChoiceTests(SimpleTestCase):
    def measure(self, plan, seats, told):
        return measure(plan, seats, free=told["free"], focal_point=told["focal_point"])

    @settings(max_examples=300, deadline=None)
    @given(situations(), st.integers(1, 5))
    def test_no_other_seats_would_be_better(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        others = [
            self.measure(plan, seats, told)
            for seats in combinations(sorted(told["eligible"]), count)
            if parts_no_pair(seats, told["partner_of"])
        ]
        found = choice and self.measure(plan, chosen(choice), told)
        self.assertEqual(found, min(others, default=None))

    @quick
    @given(situations(LONG_ROWS, 99), st.integers(1, 12))
    def test_a_search_from_seat_to_seat_finds_none_better_in_larger_halls(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        found = choice and self.measure(plan, chosen(choice), told)
        self.assertEqual(found, least_measure(plan, count, **told))

    @quick
    @given(situations(LONG_ROWS, 99), st.integers(1, 12))
    def test_a_choice_is_what_it_says(self, situation, count):
        plan, told = situation
        choice = choose_seats(plan, count, **told)
        if choice is None:
            return
        seats = chosen(choice)
        self.assertEqual(sum(map(len, choice.groups)), count)
        self.assertEqual(len(seats), count)
        self.assertLessEqual(seats, told["eligible"])
        self.assertTrue(parts_no_pair(seats, told["partner_of"]))
        drawn = [" ".join(n if n in seats else "," for n in run) for run in runs_of(plan)]
        groups = [group.strip(" ") for run in drawn for group in run.split(",")]
        self.assertEqual([" ".join(group) for group in choice.groups], [*filter(None, groups)])
        self.assertEqual([*choice.stranded], stranded_by(plan, seats, free=told["free"]))

    @quick
    @given(situations(), st.data())
    def test_the_measure_is_what_it_says(self, situation, data):
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
        self.assertEqual(stranded_by(plan, seats, free=free), stranded)
        x, y = told["focal_point"]
        squares = {
            s.number: (Fraction(s.x) - x) ** 2 + (Fraction(s.y) - y) ** 2 for s in plan.seats
        }
        *counts, distance = self.measure(plan, seats, told)
        alone = len(alone) if len(seats) > 1 else 0
        self.assertEqual(counts, [len(first), alone, len(stranded)])
        expected = sum(squares[number] for number in seats) / (max(squares.values()) or 1)
        self.assertAlmostEqual(distance / 10**9, float(expected), places=6)
