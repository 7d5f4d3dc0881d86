import json
import re
from pathlib import Path
from unittest import TestCase

from movies.seating.plan import PlanError, partners, read_plan
from movies.seating.text_format import DEFAULT_LEGEND, parse_text
from movies.seating.text_writer import to_text
from testing.properties import given, settings, st

DOCUMENT = Path(__file__).parents[2] / "docs" / "seating-plans.md"
quick = settings(max_examples=100, deadline=None)


def plan_of(text):
    return read_plan(parse_text(text, "Screen 2"))


def labels(text):
    return " ".join(seat.number for seat in plan_of(text).seats)


def columns(text):
    return [int(seat.x / 30) for seat in plan_of(text).seats]


class RowTests(TestCase):
    def test_a_row_is_a_label_and_a_letter_for_each_seat(self):
        self.assertEqual(labels("A  ss_s"), "A1 A2 A3")
        self.assertEqual(columns("A  ss_s"), [0, 1, 3])
        self.assertEqual(labels("a ss\n2 s\nBB s"), "A1 A2 21 BB1")

    def test_numbers_run_as_the_text_says(self):
        for text, numbers in [
            ("A < sss", "A3 A2 A1"),
            ("A > sss", "A1 A2 A3"),
            ("A 5> sss", "A5 A6 A7"),
            ("A 21< sss", "A23 A22 A21"),
            ("A 1+2> ssss", "A1 A3 A5 A7"),
            ("A +2< sss", "A5 A3 A1"),
            ("A 0> s_s", "A0 A1"),
            ("A 9+2< ss_ 2+2> ss", "A11 A9 A2 A4"),
            ("A ss 11> ss", "A1 A2 A11 A12"),
            ("numbers: right\nA ss\nB > ss\nnumbers: left\nC ss", "A2 A1 B1 B2 C1 C2"),
            ("NUMBERS:RIGHT\nA ss", "A2 A1"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(labels(text), numbers)

    def test_rows_without_label_go_on_from_each_other(self):
        for text, numbers in [
            ("- ss\n- ss", "1 2 3 4"),
            ("- < ss\n- < ss", "2 1 4 3"),
            ("- ss\nA ss\n- ss", "1 2 A1 A2 3 4"),
            ("- 100> ss\n- 1> ss\n- ss", "100 101 1 2 3 4"),
            ("- +2> ss\n- +2> ss", "1 3 5 7"),
            ("- ss > ss", "1 2 3 4"),
            ("- ss\n[Box]\n- s", "1 2 3"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(labels(text), numbers)

    def test_a_row_begins_in_the_column_where_it_is_typed(self):
        self.assertEqual(columns("A   ss\nB  ssss"), [1, 2, 0, 1, 2, 3])
        self.assertEqual(columns("A < ss\nB   ss\nC _ss"), [1, 2, 1, 2, 0, 1])
        self.assertEqual(columns("   A\tss \t\r\nAA   ss\r\n"), [0, 1, 0, 1])

    def test_a_mark_between_seats_takes_no_room(self):
        self.assertEqual(columns("A ss_ 7> ss\nB ss    7>    ss"), [0, 1, 3, 4, 0, 1, 2, 3])

    def test_empty_lines_between_rows_are_walkways(self):
        plan = plan_of("\n\nA s\nB s\n\nC s\n  \n\nD s\n\n[Box]\n\nE s\n")
        self.assertEqual([seat.y for seat in plan.seats], [0, 30, 90, 180, 270])

    def test_legends_comments_and_directions_are_no_walkways(self):
        plan = plan_of("A s\n# aisle = none\nv = VIP\nnumbers: left\nB s")
        self.assertEqual([seat.y for seat in plan.seats], [0, 30])

    def test_zones_follow_below_each_other(self):
        plan = plan_of("A s\n[Balcony]\nB s\nC s\n[ Box 1 ]\nD s")
        self.assertEqual([zone.name for zone in plan.zones], ["Hall", "Balcony", "Box 1"])
        self.assertEqual([seat.y for seat in plan.seats], [0, 90, 120, 210])
        self.assertEqual([zone.name for zone in plan_of("[Balcony]\nA s").zones], ["Balcony"])

    def test_a_label_may_come_twice_while_the_numbers_differ(self):
        self.assertEqual(labels("A ss\nA 3> ss"), "A1 A2 A3 A4")

    def test_single_seats_with_gaps_between_are_no_neighbours(self):
        self.assertEqual(partners(plan_of("A c_c_c\nB cc"), {"Couple"}), {"B1": "B2", "B2": "B1"})


class LegendTests(TestCase):
    def test_the_usual_letters_need_no_legend(self):
        plan = plan_of("A spcwar")
        self.assertEqual(
            [seat.category for seat in plan.seats],
            ["Standard", "Premium", "Couple", "Wheelchair", "Companion", "Restricted view"],
        )
        self.assertEqual(list(plan.categories.items()), list(DEFAULT_LEGEND.values()))

    def test_only_used_usual_letters_become_categories(self):
        self.assertEqual(
            plan_of("A ww\nB s").categories, {"Standard": "#4a7fb5", "Wheelchair": "#3f9d6b"}
        )

    def test_a_legend_line_adds_a_letter_for_the_whole_text(self):
        plan = plan_of("A sv\n v =  Very Important  #aa3377 ")
        self.assertEqual(plan.categories, {"Very Important": "#aa3377", "Standard": "#4a7fb5"})
        self.assertEqual([seat.category for seat in plan.seats], ["Standard", "Very Important"])

    def test_colours_are_codes_or_names_or_left_open(self):
        for words, name, color in [
            ("VIP #abc", "VIP", "#abc"),
            ("VIP #aa337780", "VIP", "#aa337780"),
            ("VIP #teal", "VIP", "teal"),
            ("VIP", "VIP", "#8a8f98"),
            ("premium", "premium", "#c8942e"),
            ("Row #1 #abc", "Row #1", "#abc"),
            ("a = b", "a = b", "#8a8f98"),
        ]:
            with self.subTest(words=words):
                self.assertEqual(plan_of(f"x={words}\nA x").categories, {name: color})

    def test_letters_are_case_sensitive(self):
        plan = plan_of("S = Sofa\nA sS")
        self.assertEqual([seat.category for seat in plan.seats], ["Standard", "Sofa"])

    def test_a_category_has_one_letter(self):
        self.assertEqual([*plan_of("x = Standard\nA x").categories], ["Standard"])
        with self.assertRaisesRegex(PlanError, "Line 2: s is no category"):
            plan_of("x = standard\nA xs")


class RefusedTextTests(TestCase):
    def test_a_wrong_line_is_named(self):
        for text, sentence in [
            ("A", "Line 1: row A has no seats"),
            ("ssss", "Line 1: row ssss has no seats.*-"),
            ("A s\n\nB ___", "Line 3: row B has no seats"),
            ("ssss_ssss", "Line 1: begin a row with a label"),
            ("LONGLABEL s", "Line 1: begin a row with a label"),
            ("é ss", "Line 1: begin a row with a label"),
            ("A ss ss", "Line 1: a space between seats"),
            ("A s\nB x", "Line 2: x is no category"),
            ("A ss\nB s\na 2> s", "Line 3: there is a seat a2 in line 1"),
            ("A sé", 'Line 1: "sé" is neither'),
            ("A 5 ss", 'Line 1: "5" is neither'),
            ("A 1+0> ss", "Line 1: .* is neither"),
            ("A < > ss", "Line 1: .* is neither"),
            ("A ss <", "Line 1: no seats after <"),
            ("numbers: up\nA s", "Line 1: write numbers: left or"),
            ("[Box\nA s", "Line 1: close"),
            ("[Box]\n[Pit]\nA s", 'Line 1: zone "Box" has no rows'),
            ("[Box]\nA s\n[BOX]\nB s", "Line 3: zone .* began in line 1"),
            (f"[{'x' * 101}]\nA s", "Line 1: the zone's name is longer"),
            ("\n".join(f"[{n}]" for n in range(101)), "Line 101: more than 100 zones"),
            ("vip = VIP\nA s", "Line 1: a category has one letter"),
            ("é = VIP\nA s", "Line 1: a category has one letter"),
            ("v =\nA s", "Line 1: a category's name"),
            ("v = #abc\nA s", "Line 1: a category's name"),
            (f"v = {'x' * 51}\nA s", "Line 1: a category's name"),
            ("v = VIP #12\nA s", "Line 1: #12 is no colour"),
            ("v = VIP\nA s\nv = Sofa", "Line 3: v stands for"),
            ("v = VIP\nw = vip\nA s", 'Line 2: "vip" has the letter v'),
            ("A s\n\0", "Line 2: has a control character"),
            ("A s\n# \u202e", "Line 2: has a control character"),
            ("A s\rB s", "Line 1: has a control character"),
            ("A s\nB " + "_" * 499 + "s", "Line 2: longer than 500"),
            ("# " + "x" * 20_000, "longer than 20,000"),
            ("A ss\n\n" * 10 + "# " + "\n", "Line 3: there is a seat A1"),
            ("", "no rows"),
            ("# nothing\nv = VIP", "no rows"),
        ]:
            with self.subTest(text=text[:40]), self.assertRaisesRegex(PlanError, sentence):
                parse_text(text, "Screen 2")

    def test_the_name_is_checked_too(self):
        for name in ["", "x" * 101, "\0", None]:
            with self.subTest(name=name), self.assertRaisesRegex(PlanError, "name"):
                parse_text("A s", name)


class DocumentTests(TestCase):
    """docs/seating-plans.md"""

    def setUp(self):
        self.words = DOCUMENT.read_text(encoding="utf-8")

    def test_every_example_is_a_plan_that_comes_back(self):
        texts = re.findall(r"```text\n(.*?)```", self.words, re.DOTALL)
        self.assertGreater(len(texts), 9)
        for text in texts:
            with self.subTest(text=text):
                layout = parse_text(text, "Screen 2")
                self.assertEqual(parse_text(to_text(read_plan(layout)), "Screen 2"), layout)
        (example,) = re.findall(r"```json\n(.*?)```", self.words, re.DOTALL)
        self.assertEqual(
            [seat.number for seat in read_plan(json.loads(example)).seats], ["A1", "A2"]
        )

    def test_the_usual_letters_are_listed(self):
        table = re.findall(r"\| `([a-z])` \| (.*) \| `(#.*)` \|", self.words)
        listed = {letter: (name, color) for letter, name, color in table}
        self.assertEqual(listed, DEFAULT_LEGEND)

    def test_the_sentence_about_labels_that_collide_is_the_real_one(self):
        with self.assertRaises(PlanError) as caught:
            parse_text("[Зал]\nA s\n[Ложа]\nA s", "Screen 2")
        self.assertIn(caught.exception.args[0], self.words)


def make_text_plan(*rows, categories=(("Standard", "#4a7fb5"),)):
    """rows: (label, seat numbers from left to right)"""
    return {
        "name": "x",
        "categories": [{"name": name, "color": color} for name, color in categories],
        "zones": [
            {
                "name": "Hall",
                "position": {"x": 7, "y": 7},
                "rows": [
                    {
                        "row_number": label,
                        "position": {"x": 0, "y": 41.5 * nth},
                        "seats": [
                            {
                                "seat_guid": "",
                                "seat_number": number,
                                "position": {"x": 24.5 * place, "y": 0},
                                "category": categories[0][0],
                            }
                            for place, number in enumerate(numbers.split())
                        ],
                    }
                    for nth, (label, numbers) in enumerate(rows)
                ],
            }
        ],
    }


class ToTextTests(TestCase):
    def text_of(self, *rows, **more):
        return to_text(read_plan(make_text_plan(*rows, **more)))

    def test_a_text_comes_back(self):
        for text in [
            "A  ss_ss\nB  ssss\n",
            "A   ss\nB  ssss\n\nC  ssss\n",
            "numbers: right\n\nA     ss\nB     ss\nC  >  ss\n",
            "A  +2<  ss_ 2+2> ss\n",
            "[Stalls]\nA  s\n\n[Balcony]\nB  s\n",
            "v = VIP #aa3377\nS = Sofa #teal\n\nA  svS\n",
            "p = Premium #c8942e\n\nA  sp\n",
            "-  ss\n-  ss\n",
        ]:
            with self.subTest(text=text):
                self.assertEqual(to_text(plan_of(text)), text)

    def test_a_plan_from_elsewhere_is_told_in_text(self):
        self.assertEqual(self.text_of(("A", "1 2 3"), ("B", "3 2 1")), "A     sss\nB  <  sss\n")
        self.assertEqual(self.text_of(("A", "1 3 2 7")), "A  +2>  ss 2+5> ss\n")

    def test_gaps_stay_gaps_where_the_drawing_is_narrower_than_it_says(self):
        layout = make_text_plan(("A", "1 2 3 4 5 6 7 8 9 10 11"))
        (row,) = layout["zones"][0]["rows"]
        row["seats_spacing"] = 30
        for nth, seat in enumerate(row["seats"]):
            seat["position"]["x"] = 29 * nth + 17 * (nth == 10)
        self.assertEqual(to_text(read_plan(layout)), "A  ssssssssss_s\n")

    def test_areas_are_left_out_with_a_word(self):
        layout = make_text_plan(("A", "1 2"))
        area = {"position": {"x": 0, "y": 0}, "width": 9, "height": 9}
        layout["zones"].append({"position": {"x": 0, "y": 0}, "rows": [], "areas": [area]})
        text = to_text(read_plan(layout))
        self.assertTrue(text.startswith("# Stages, doors"))
        self.assertEqual(labels(text), "A1 A2")

    def test_what_the_text_cannot_say_is_none(self):
        for label, numbers in [("A", "1 2b"), ("A", "01"), ("Row A", "1"), ("LONGLABEL", "1")]:
            with self.subTest(label=label, numbers=numbers):
                self.assertIsNone(self.text_of((label, numbers)))
        self.assertIsNone(self.text_of(("A", "1"), categories=[("VIP", "add")]))
        self.assertIsNone(self.text_of(("A", "1"), categories=[(" VIP", "teal")]))
        many = [(f"Category {n}", "teal") for n in range(50)]
        self.assertIsNotNone(self.text_of(("A", "1"), categories=many))

    def test_a_category_gets_a_letter_of_its_name_that_is_free(self):
        categories = [("Ebony", "teal"), ("Eve", "teal"), ("ﬆ", "teal"), ("Éé", "teal")]
        text = self.text_of(("A", "1"), categories=categories)
        letters = [line[0] for line in text.splitlines()[:4]]
        self.assertEqual(letters, ["e", "E", "S", "a"])

    def test_seats_listed_from_the_right_have_no_text(self):
        layout = make_text_plan(("A", "1 2"))
        layout["zones"][0]["rows"][0]["seats"].reverse()
        self.assertIsNone(to_text(read_plan(layout)))

    def test_far_and_tiny_distances_make_no_long_text(self):
        for x, spacing in [(1_000_000, 0), (1_000_000, 1e-300), (1e-300, 1e-320), (40_000, 30)]:
            with self.subTest(x=x, spacing=spacing):
                layout = make_text_plan(("A", "1 2"), ("B", "1 2"), ("C", "1 2"))
                row, _, last = layout["zones"][0]["rows"]
                row["seats"][1]["position"]["x"] = x
                row["seats_spacing"] = spacing
                last["position"]["y"] = 1_000_000
                to_text(read_plan(layout))

    @quick
    @given(
        st.dictionaries(
            st.sampled_from(["A", "b", "1", "11", ""]),
            st.lists(st.integers(0, 30), min_size=1, max_size=9, unique=True),
            min_size=1,
        ),
        st.lists(
            st.sampled_from([*DEFAULT_LEGEND.values(), ("VIP", "teal"), ("Éa", "#abc")]),
            unique=True,
        ),
    )
    def test_any_plain_numbers_can_be_told_in_text(self, rows, categories):
        categories = [("Sofa", "#fff"), *categories]
        rows = [(label, " ".join(map(str, seats))) for label, seats in rows.items()]
        layout = make_text_plan(*rows, categories=categories)
        try:
            plan = read_plan(layout)
        except PlanError:  # row 1 seat 1 and seat 11 of no row
            return
        again = plan_of(to_text(plan))
        self.assertEqual([*again.categories.items()], [*plan.categories.items()])
        for one, other in zip(again.seats, plan.seats, strict=True):
            self.assertEqual(one[:5], other[:5])


SEATS = st.text("sspcv_", min_size=1, max_size=8)
MARKS = st.sampled_from(["", "<", ">", "5>", "21<", "1+2>", "+2<", "40+3>", "7+2<"])
ROWS = st.builds(
    "{}{} {} {}".format,
    st.sampled_from(["A", "B", "Cc", "1", "2", "-", "-"]),
    st.sampled_from(["", " ", "   "]),
    MARKS,
    SEATS,
)
LINES = st.one_of(
    ROWS,
    ROWS,
    st.builds("{} {} {}".format, ROWS, MARKS, SEATS),
    st.sampled_from(
        ["", "", "# note", "[Balcony]", "[Box 1]", "numbers: right", "numbers: left"]
        + ["v = VIP #abc", "v = VIP", "S=Standard", "c = Couple #teal", "x = Row #1 #fff"]
    ),
)


class AnyTextTests(TestCase):
    def check(self, text):
        try:
            layout = parse_text(text, "Screen 2")
        except PlanError as error:
            error.args[0].encode()
            return
        plan = read_plan(json.loads(json.dumps(layout)))
        self.assertEqual(parse_text(to_text(plan), "Screen 2"), layout)

    @settings(max_examples=300, deadline=None)
    @given(st.lists(LINES, min_size=1, max_size=6).map("\n".join))
    def test_a_text_of_a_plan_gives_the_plan_again(self, text):
        self.check(text)

    @quick
    @given(st.text("AB12ss_-<>+= \t\n\r[]#:v", max_size=60) | st.text(max_size=30))
    def test_any_text_is_a_plan_or_a_plan_error(self, text):
        self.check(text)


class OpenFormatTests(TestCase):
    """A typed plan goes into other systems: pretix refuses a key that its schema does not name.

    https://github.com/pretix/pretix/blob/master/src/pretix/static/seating/seating-plan.schema.json
    """

    def test_a_typed_plan_has_only_the_keys_of_the_open_format(self):
        layout = parse_text("[Stalls]\nA  ss_ww\n\n[Balcony]\nK 2> cc", "Hall")
        self.assertEqual(set(layout), {"name", "categories", "zones", "size"})
        for zone in layout["zones"]:
            self.assertEqual(set(zone), {"name", "position", "rows", "areas"})
            for row in zone["rows"]:
                self.assertEqual(
                    set(row), {"row_number", "row_number_position", "position", "seats"}
                )
                self.assertEqual(row["row_number_position"], "both")
                for seat in row["seats"]:
                    self.assertEqual(
                        set(seat), {"seat_guid", "seat_number", "position", "category", "radius"}
                    )
                    self.assertIs(type(seat["radius"]), int)
        for category in layout["categories"]:
            self.assertEqual(set(category), {"name", "color"})
        self.assertTrue(all(type(side) is int for side in layout["size"].values()))
