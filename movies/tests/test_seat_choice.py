"""The best seats for a party, in examples that are drawn as text: `movies.seating.choice`."""

import re

from django.test import SimpleTestCase

from movies.seating import choice
from movies.seating.choice import choose_seats, default_focal_point, measure
from movies.seating.json_format import read_plan
from movies.seating.plan import partners
from movies.seating.single_seats import stranded_by
from movies.seating.text_format import parse_text
from testing import halls
from testing.halls import chosen, make_layout, make_row, make_seat, make_zone, seats_of

LEGEND = "t = Taken\nX = Chosen\nY = Chosen pair\nZ = Stranded\n"


def plan_of(text):
    return halls.plan_of(LEGEND + text)


def free_in(plan):
    return {seat.number for seat in plan.seats} - seats_of(plan, "Taken")


def choose(plan, count, *, free=None, eligible=None, focal_point=None):
    """By default all seats but Taken are free, and all free seats but Wheelchair are eligible."""
    free = free_in(plan) if free is None else free
    return choose_seats(
        plan,
        count,
        free=free,
        eligible=free - seats_of(plan, "Wheelchair") if eligible is None else eligible,
        partner_of=partners(plan.runs, {"Couple"}),
        focal_point=focal_point or default_focal_point(plan),
    )


class ExampleTests(SimpleTestCase):
    """X must be chosen, and Y as pairs; s, c and w are free, t is taken."""

    def chooses(self, picture, **given):
        expected = seats_of(plan_of(picture), "Chosen", "Chosen pair")
        plan = plan_of(picture.replace("X", "s").replace("Y", "c"))
        choice = choose(plan, len(expected), **given)
        self.assertEqual(chosen(choice), expected)
        return choice

    def test_the_nearest_seats_to_the_middle_two_thirds_back_are_chosen(self):
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

    def test_another_focal_point_leads_to_another_choice(self):
        self.chooses("A  XXssssss", focal_point=(0, 0))
        self.chooses("A  ssssssXX", focal_point=(1000, 0))

    def test_among_equally_good_seats_the_first_in_plan_order_are_chosen(self):
        self.chooses("A  sXss")
        self.chooses("A  sX_ss")
        self.chooses("A  sXs\nB  sss", focal_point=(30, 15))
        self.chooses("A  X_XX_s")

    def test_a_party_moves_aside_to_leave_no_single_seat(self):
        self.chooses("A  tXXsst")
        self.chooses("A  tssXXsst")
        self.chooses("A  ssXXt")

    def test_a_single_seat_at_a_wall_or_an_aisle_is_allowed(self):
        self.assertEqual(self.chooses("A  sXXXt", focal_point=(0, 0)).stranded, ())
        self.assertEqual(self.chooses("A  tXXXs_ss", focal_point=(1000, 0)).stranded, ())

    def test_a_party_takes_a_worse_row_to_leave_no_single_seat(self):
        self.chooses("""
            A  XX_____
            B  ttssstt
        """)

    def test_sitting_side_by_side_counts_more_than_a_single_seat(self):
        choice = self.chooses("""
            A  tXXXst
            B  ss__ss
        """)
        self.assertEqual(choice.groups, (("A2", "A3", "A4"),))
        self.assertEqual(choice.stranded, ("A5",))

    def test_seats_across_an_aisle_or_a_taken_seat_are_not_side_by_side(self):
        self.chooses("""
            A  XXXX___
            B  sss_sss
            C  ssstsss
        """)

    def test_a_party_is_split_into_the_fewest_groups(self):
        choice = self.chooses("""
            A  XXXX_ss
            B  ss_XX_ss
            C  ss_ss_ss
        """)
        self.assertEqual(len(choice.groups), 2)

    def test_a_choice_without_a_lone_seat_is_better(self):
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

    def test_pairs_are_not_split(self):
        self.chooses("A  ccYYXs")
        self.chooses("A  sYYs")
        self.chooses("A  XYYs")
        self.chooses("A  ccX")
        choice = self.chooses("A  YYsYY")
        self.assertEqual(choice, ((("A1", "A2"), ("A4", "A5")), ("A3",)))

    def test_half_a_pair_is_not_chosen_if_the_other_half_is_taken_or_not_eligible(self):
        plan = plan_of("A  ccs")
        free = {"A2", "A3"}
        self.assertEqual(chosen(choose(plan, 1, free=free)), {"A3"})
        self.assertIsNone(choose(plan, 2, free=free))
        self.assertIsNone(choose(plan, 2, eligible=free))

    def test_there_is_no_choice_where_too_few_seats_are_eligible(self):
        self.assertIsNone(choose(plan_of("A  ssts"), 4))
        self.assertIsNone(choose(plan_of("A  wws"), 2))
        self.assertIsNone(choose(plan_of("A  cc_cccc"), 3))
        self.assertIsNone(choose(plan_of("A  ttt"), 1))

    def test_the_last_seats_of_a_hall_are_chosen(self):
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

    def test_the_zones_of_a_plan_are_one_hall(self):
        self.chooses("""
            [Stalls]
            A  XXt
            [Balcony]
            K  t_XX
        """)

    def test_rows_along_the_side_and_seats_in_any_order_are_chosen_from(self):
        places = [(0, 60), (0, 0), (0, 30), (0, 150), (0, 120)]
        seats = [make_seat(str(y // 30), x=x, y=y) for x, y in places]
        plan = read_plan(make_layout(make_zone(rows=[make_row("A", seats, seats_spacing=30)])))
        self.assertEqual(default_focal_point(plan), (0, 100))
        self.assertEqual(choose(plan, 3).groups, (("A0", "A1", "A2"),))
        self.assertEqual(choose(plan, 2).groups, (("A4", "A5"),))
        self.assertEqual(stranded_by(plan.rows, ["A2", "A0"], free={"A2", "A1", "A0"}), ["A1"])

    def test_the_only_seat_of_a_hall_is_chosen(self):
        self.assertEqual(choose(plan_of("A  s"), 1), ((("A1",),), ()))

    def test_rounding_of_coordinates_does_not_change_the_choice(self):
        for pitch in [0.1, 0.7, 1 / 3, 100_000 / 7, 1e-200, 0]:
            with self.subTest(pitch=pitch):
                layout = parse_text(LEGEND + "A  ssstsss", "Screen 2")
                for nth, seat in enumerate(layout["zones"][0]["rows"][0]["seats"]):
                    seat["position"]["x"] = nth * pitch
                    seat["radius"] = 0
                self.assertEqual(chosen(choose(read_plan(layout), 3)), {"A1", "A2", "A3"})

    def test_a_hall_of_5000_seats_is_searched(self):
        plan = plan_of("\n".join(f"R{n}x  {'s' * 19}t{'s' * 19}t{'s' * 10}" for n in range(100)))
        self.assertEqual(len(plan.seats), 5000)
        self.assertEqual(len(choose(plan, 20).groups), 2)


class StrandedTests(SimpleTestCase):
    """X is chosen, t was taken before, Z is stranded by it."""

    def strands(self, picture):
        plan = plan_of(picture)
        stranded = stranded_by(plan.rows, seats_of(plan, "Chosen"), free=free_in(plan))
        self.assertEqual(set(stranded), seats_of(plan, "Stranded"))

    def test_a_free_seat_between_two_that_are_not_is_stranded(self):
        self.strands("A  XZX")
        self.strands("A  tZXss")
        self.strands("A  ssXZXZt")

    def test_a_seat_at_the_end_of_a_run_is_not_stranded(self):
        self.strands("A  sXXs")
        self.strands("A  tXs_sXt")

    def test_two_seats_are_not_stranded(self):
        self.strands("A  XssXsst")

    def test_a_seat_that_was_single_before_is_not_stranded(self):
        self.strands("A  tstXXss")
        self.strands("A  tXt")

    def test_a_free_seat_of_any_category_is_stranded(self):
        plan = plan_of("A  scwXwcs")
        self.assertEqual(stranded_by(plan.rows, ["A2", "A4"], free=free_in(plan)), ["A3"])

    def test_seats_that_were_taken_already_strand_none(self):
        plan = plan_of("A  tstss")
        self.assertEqual(stranded_by(plan.rows, ["A1", "A3"], free=free_in(plan)), [])

    def test_stranded_seats_are_in_plan_order(self):
        plan = plan_of("B < sssss\nA sss")
        free = free_in(plan)
        seats = ["A1", "A3", "B1", "B3", "B5"]
        self.assertEqual(stranded_by(plan.rows, seats, free=free), ["B4", "B2", "A2"])


class MeasureTests(SimpleTestCase):
    def test_the_measure_counts_groups_people_alone_and_stranded_seats(self):
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

    def test_the_measure_adds_squared_distances_in_any_order_of_the_seats(self):
        plan = plan_of("A  sssss\nB  ssss")
        free = free_in(plan)
        *_, one = measure(plan, ["A2"], free=free, focal_point=(0, 0))
        *_, three = measure(plan, ["B4", "B2", "A5"], free=free, focal_point=(0, 0))
        self.assertEqual(three, 28 * one)

    def test_the_default_focal_point_is_in_the_middle_two_thirds_back(self):
        self.assertEqual(default_focal_point(plan_of("A  __sssss\nB  s\n\nC  s")), (90, 60))
        self.assertEqual(default_focal_point(plan_of("A  s")), (0, 0))

    def test_the_example_of_the_module_is_right(self):
        rows = re.findall(r"^    [AB]  [st_]+", choice.__doc__, re.MULTILINE)
        plan = plan_of("\n".join(rows))
        free, focal_point = free_in(plan), default_focal_point(plan)
        lines = [line.split() for line in choice.__doc__.splitlines()]
        table = [words for words in lines if len(words) == 6 and words[0] in free]
        self.assertEqual(len(table), 3)
        for one, other, *numbers in table:
            with self.subTest(seats=(one, other)):
                found = measure(plan, [one, other], free=free, focal_point=focal_point)
                self.assertEqual(numbers, [f"{number:,}" for number in found])
        self.assertEqual(choose(plan, 2).groups, (tuple(table[0][:2]),))
