"""Writing plans as text, and that reading and writing are inverse: `movies.seating.text_writer`."""

import json
from unittest import TestCase

from movies.seating.json_format import read_plan
from movies.seating.plan import PlanError
from movies.seating.text_format import DEFAULT_LEGEND, parse_text
from movies.seating.text_writer import to_text
from testing.halls import make_layout, make_row, make_seat, make_zone, plan_of
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)


def make_text_layout(*rows, categories=(("Standard", "#4a7fb5"),)):
    """Return the JSON of a drawn plan. rows: (label, seats from left to right)."""
    (category, _), *_ = categories
    layout = make_layout(
        make_zone(
            position={"x": 7, "y": 7},
            rows=[
                make_row(
                    label,
                    [
                        make_seat(number, x=24.5 * place, category=category)
                        for place, number in enumerate(numbers.split())
                    ],
                    position={"x": 0, "y": 41.5 * nth},
                )
                for nth, (label, numbers) in enumerate(rows)
            ],
        )
    )
    return layout | {"categories": [{"name": n, "color": color} for n, color in categories]}


class ToTextTests(TestCase):
    def text_of(self, *rows, **more):
        return to_text(read_plan(make_text_layout(*rows, **more)))

    def test_a_text_is_written_as_it_was_typed(self):
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

    def test_an_imported_plan_is_written_as_text(self):
        self.assertEqual(self.text_of(("A", "1 2 3"), ("B", "3 2 1")), "A     sss\nB  <  sss\n")
        self.assertEqual(self.text_of(("A", "1 3 2 7")), "A  +2>  ss 2+5> ss\n")

    def test_gaps_stay_gaps_where_seats_are_closer_than_the_spacing_says(self):
        layout = make_text_layout(("A", "1 2 3 4 5 6 7 8 9 10 11"))
        (row,) = layout["zones"][0]["rows"]
        row["seats_spacing"] = 30
        for nth, seat in enumerate(row["seats"]):
            seat["position"]["x"] = 29 * nth + 17 * (nth == 10)
        self.assertEqual(to_text(read_plan(layout)), "A  ssssssssss_s\n")

    def test_areas_are_left_out_with_a_remark(self):
        layout = make_text_layout(("A", "1 2"))
        area = {"position": {"x": 0, "y": 0}, "width": 9, "height": 9}
        layout["zones"].append({"position": {"x": 0, "y": 0}, "rows": [], "areas": [area]})
        text = to_text(read_plan(layout))
        self.assertTrue(text.startswith("# Stages, doors"))
        self.assertEqual([seat.number for seat in plan_of(text).seats], ["A1", "A2"])

    def test_a_plan_that_text_cannot_express_has_none(self):
        for label, numbers in [("A", "1 2b"), ("A", "01"), ("Row A", "1"), ("LONGLABEL", "1")]:
            with self.subTest(label=label, numbers=numbers):
                self.assertIsNone(self.text_of((label, numbers)))
        self.assertIsNone(self.text_of(("A", "1"), categories=[("VIP", "add")]))
        self.assertIsNone(self.text_of(("A", "1"), categories=[(" VIP", "teal")]))
        many = [(f"Category {n}", "teal") for n in range(50)]
        self.assertIsNotNone(self.text_of(("A", "1"), categories=many))

    def test_a_category_gets_a_free_letter_of_its_name(self):
        categories = [("Ebony", "teal"), ("Eve", "teal"), ("ﬆ", "teal"), ("Éé", "teal")]
        text = self.text_of(("A", "1"), categories=categories)
        letters = [line[0] for line in text.splitlines()[:4]]
        self.assertEqual(letters, ["e", "E", "S", "a"])

    def test_seats_listed_from_the_right_have_no_text(self):
        layout = make_text_layout(("A", "1 2"))
        layout["zones"][0]["rows"][0]["seats"].reverse()
        self.assertIsNone(to_text(read_plan(layout)))

    def test_huge_and_tiny_distances_do_not_make_a_long_text(self):
        for x, spacing in [(1_000_000, 0), (1_000_000, 1e-300), (1e-300, 1e-320), (40_000, 30)]:
            with self.subTest(x=x, spacing=spacing):
                layout = make_text_layout(("A", "1 2"), ("B", "1 2"), ("C", "1 2"))
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
    def test_any_plain_numbers_can_be_written_as_text(self, rows, categories):
        categories = [("Sofa", "#fff"), *categories]
        rows = [(label, " ".join(map(str, seats))) for label, seats in rows.items()]
        layout = make_text_layout(*rows, categories=categories)
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
    def test_the_text_of_a_plan_is_that_plan(self, text):
        self.check(text)

    @quick
    @given(st.text("AB12ss_-<>+= \t\n\r[]#:v", max_size=60) | st.text(max_size=30))
    def test_any_text_is_read_or_refused_with_a_plan_error(self, text):
        self.check(text)
