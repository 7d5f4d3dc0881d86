"""Reading the open seating plan JSON: `movies.seating.json_format`."""

import json
from copy import deepcopy
from unittest import TestCase

from movies.seating.json_format import DEFAULT_COLOR, read_plan
from movies.seating.plan import PlanError
from testing.halls import PlanAssertions, make_layout, make_row, make_seat, make_zone
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)


def numbers(layout):
    return [seat.number for seat in read_plan(layout).seats]


def make_rows(**rows):
    return make_layout(make_zone(rows=[make_row(label, seats) for label, seats in rows.items()]))


class ReadPlanTests(PlanAssertions, TestCase):
    def assert_seat_refused(self, word, **wrong):
        layout = make_layout(make_zone("Balcony", [make_row("C", [make_seat("4") | wrong])]))
        self.assert_refused(layout, 'Zone "Balcony", row C, seat', word)

    def test_seat_position_is_the_sum_of_the_positions_of_zone_row_and_seat(self):
        row = make_row("A", [make_seat("1", x=1.5, y=2)], position={"x": 10, "y": 20})
        plan = read_plan(make_layout(make_zone(rows=[row], position={"x": 100, "y": 200.5})))
        (seat,) = plan.seats
        self.assertEqual((seat.x, seat.y), (111.5, 222.5))
        self.assertEqual((seat.number, seat.row, seat.seat, seat.zone), ("A1", "A", "1", "Hall"))
        self.assertEqual((plan.zones[0].rows[0].x, plan.zones[0].rows[0].y), (110, 220.5))

    def test_optional_keys_may_be_left_out(self):
        layout = {
            "name": "x",
            "categories": [{"name": "Standard"}],
            "zones": [{"position": {"x": 0, "y": 0}, "rows": [{"seats": [make_seat(7)]}]}],
        }
        plan = read_plan(layout)
        self.assertEqual(plan.categories, {"Standard": DEFAULT_COLOR})
        self.assertEqual([seat.number for seat in plan.seats], ["7"])
        layout["zones"][0]["rows"][0]["row_number"] = None
        self.assertEqual(numbers(layout), ["7"])

    def test_unknown_keys_are_allowed_and_the_layout_is_not_changed(self):
        layout = make_layout(make_zone(colour={"of": ["the", 1.5, None, True]}), made_by="me")
        before = deepcopy(layout)
        read_plan(layout)
        self.assertEqual(layout, before)

    def test_seats_are_in_the_order_of_zones_rows_and_seats(self):
        layout = make_layout(
            make_zone("Stalls", [make_row("B", 2), make_row("A", 1)]),
            make_zone("Circle", [make_row("C", 1)]),
        )
        self.assertEqual(numbers(layout), ["B1", "B2", "A1", "C1"])

    def test_areas_of_every_shape_are_read(self):
        here = {"position": {"x": 1, "y": 2}}
        areas = [
            here | {"width": 3, "height": 4, "text": "Bar"},
            here | {"shape": "rectangle", "rectangle": {"width": 3, "height": 4}},
            here | {"shape": "circle", "circle": {"radius": 5}},
            here | {"shape": "ellipse", "ellipse": {"radius": {"x": 5, "y": 6}}},
            here | {"shape": "polygon", "polygon": {"points": [{"x": 7, "y": 8}]}},
            here | {"shape": "text", "text": {"text": "Exit", "color": "#333", "size": 20}},
        ]
        zone = make_zone(areas=areas, position={"x": 10, "y": 10})
        old, rectangle, circle, ellipse, polygon, text = read_plan(make_layout(zone)).zones[0].areas
        self.assertEqual((old.x, old.y, old.width, old.height, old.text), (11, 12, 3, 4, "Bar"))
        self.assertEqual(rectangle, old._replace(text=""))
        self.assertEqual((circle.shape, circle.radius_x, circle.radius_y), ("ellipse", 5, 5))
        self.assertEqual((ellipse.radius_x, ellipse.radius_y), (5, 6))
        self.assertEqual(polygon.points, ((7, 8),))
        self.assertEqual((text.text, text.text_size, text.text_color), ("Exit", 20, "#333"))

    def test_an_area_that_cannot_be_drawn_is_refused(self):
        for wrong in [
            {},
            {"shape": "star"},
            {"shape": "rectangle"},
            {"shape": "circle", "circle": {"radius": -1}},
            {"shape": "polygon", "polygon": {"points": [1]}},
            {"shape": "polygon", "polygon": {"points": [{"x": 1, "y": 1}] * 501}},
            {"shape": "text", "text": 7},
            {"width": 1, "height": 1, "color": "url(#a)"},
            {"width": 1, "height": 1, "text": "x" * 2001},
        ]:
            with self.subTest(wrong=str(wrong)[:60]):
                area = {"position": {"x": 0, "y": 0}} | wrong
                self.assert_refused(make_layout(make_zone(areas=[area])), "area")
        long = {"position": {"x": 0, "y": 0}, "width": 1, "height": 1, "text": "x" * 2000}
        read_plan(make_layout(make_zone(areas=[long])))

    def test_a_missing_or_mistyped_value_is_refused_with_its_place(self):
        for wrong in [None, True, "1", [], {}, {"x": 1}, {"x": True, "y": 1}, {"x": "1", "y": 1}]:
            with self.subTest(position=wrong):
                self.assert_seat_refused("position", position=wrong)
        for wrong in [None, True, 1.0, -1, [], {}]:
            with self.subTest(seat_number=wrong):
                self.assert_seat_refused("seat_number", seat_number=wrong)
        self.assert_seat_refused("category", category=1)
        self.assert_seat_refused("category", category="Sofa")
        self.assert_seat_refused("radius", radius=-1)
        self.assert_seat_refused("seat_guid", seat_guid=None)
        for key in ["seat_guid", "seat_number", "position", "category"]:
            with self.subTest(missing=key):
                seat = make_seat()
                del seat[key]
                self.assert_refused(
                    make_layout(make_zone(rows=[make_row(seats=[seat])])), key, "row A"
                )
        for key in ["name", "zones", "categories"]:
            with self.subTest(missing=key):
                layout = make_layout()
                del layout[key]
                self.assert_refused(layout, key)
        for wrong in [None, 1, "x", [], True]:
            self.assert_refused(wrong, "object")
            self.assert_refused(make_layout() | {"size": wrong}, "size")
            self.assert_refused(make_layout(wrong), "zones")
            self.assert_refused(make_layout(make_zone(rows=[wrong])), "rows")
        self.assert_refused(make_layout() | {"zones": {}}, "zones")

    def test_too_large_numbers_are_refused_also_under_unknown_keys(self):
        for huge in [float("inf"), float("-inf"), float("nan"), 10**400, 1e300]:
            with self.subTest(number=str(huge)[:9]):
                self.assert_refused(make_layout(unknown=[huge]), "unknown[0]", "too large")
        for huge in [1_000_001, -1_000_000.5]:
            self.assert_seat_refused("position", position={"x": huge, "y": 0})
        read_plan(make_layout(exported_at=1_700_000_000_000))

    def test_control_characters_and_long_strings_are_refused_also_under_unknown_keys(self):
        for wrong in ["\0", "\n", "\x85", "\ud800", "\u202e", "\u2066", "\u200f", "\uffff"]:
            with self.subTest(character=ascii(wrong)):
                self.assert_refused(make_layout(unknown={"deep": ["a" + wrong]}), "unknown.deep[0]")
                self.assert_refused(make_layout(unknown={"a" + wrong: 1}), "unknown", "key")
                self.assert_refused(make_layout() | {"name": wrong}, "name")
        self.assert_refused(make_layout(unknown="x" * 501), "longer than 500")
        self.assert_refused(make_layout(unknown={"text": "x" * 501}), "longer than 500")
        read_plan(make_layout(unknown="x" * 500, name="Größer 座席"))

    def test_a_layout_deeper_than_20_levels_is_refused(self):
        layout = make_layout()
        layout["unknown"] = json.loads("[" * 900 + "]" * 900)
        self.assert_refused(layout, "deeper than 20")
        layout["unknown"] = json.loads('{"a":' * 900 + "1" + "}" * 900)
        self.assert_refused(layout, "deeper than 20")
        deep = []
        for _ in range(100_000):
            deep = [deep]
        self.assert_refused(make_layout(unknown=deep), "deeper than 20")
        layout["unknown"] = json.loads("[" * 20 + "]" * 20)
        self.assert_refused(layout, "deeper than 20")
        layout["unknown"] = json.loads("[" * 19 + "]" * 19)
        read_plan(layout)

    def test_values_that_json_does_not_have_are_refused(self):
        for wrong in [(1,), b"x", {1}, 1j]:
            self.assert_refused(make_layout(unknown=wrong), "not a JSON value")
        self.assert_refused(make_layout(unknown={1: 1}), "key")

    def test_names_and_colours_that_cannot_be_shown_are_refused(self):
        for name in ["", "  ", "x" * 101, 7]:
            self.assert_refused(make_layout() | {"name": name}, "name")
        self.assert_refused(make_layout(make_zone("x" * 101)), "Zone 1")
        for names in [["Standard", "STANDARD"], ["Standard", ""], ["Standard", "x" * 51]]:
            self.assert_refused(make_layout(categories=names), "ategory")
        for color in ["#12", "#12345", "red;", "url(x)", "#ggg", "ｒed", 'x"onload="', 5]:
            with self.subTest(color=color):
                layout = make_layout()
                layout["categories"][0]["color"] = color
                self.assert_refused(layout, 'Category "Standard"', "color")
        for color in ["#abc", "#aabbcc", "#AABBCC80", "teal"]:
            layout = make_layout()
            layout["categories"][0]["color"] = color
            self.assertEqual(read_plan(layout).categories["Standard"], color)

    def test_a_valid_colour_that_is_not_drawn_here_becomes_grey_and_stays_in_the_layout(self):
        for color in ["", None, "rgba(74, 127, 181, 0.5)", "hsl(207deg 41% 50%)", "#47b8"]:
            with self.subTest(color=color):
                layout = make_layout()
                layout["categories"][0]["color"] = color
                self.assertEqual(read_plan(layout).categories["Standard"], DEFAULT_COLOR)
                self.assertEqual(layout["categories"][0]["color"], color)

    def test_null_counts_as_left_out_where_a_key_is_optional(self):
        layout = make_layout(make_zone("Pit", [make_row("A", 2)]))
        layout["zones"][0] |= {"areas": None, "uuid": None}
        layout["zones"][0]["rows"][0] |= {"row_number_position": None, "seats_spacing": None}
        self.assertEqual(numbers(layout), ["A1", "A2"])

    def test_a_plan_has_1_to_5000_seats(self):
        self.assert_refused(make_layout() | {"zones": []}, "no seats")
        self.assert_refused(make_rows(A=0), "no seats")
        self.assert_refused(make_rows(A=2501, B=2500), "5,000 seats")
        self.assertEqual(len(numbers(make_rows(A=2500, B=2500))), 5000)

    def test_zones_rows_areas_and_categories_have_bounds(self):
        zones = [make_zone(rows=[])] * 101
        self.assert_refused(make_layout(make_zone(), *zones), "100 zones")
        self.assert_refused(make_layout(make_zone(rows=[make_row(seats=[])] * 1001)), "1,000 rows")
        self.assert_refused(make_layout(categories=[f"{n}" for n in range(51)]), "50 categories")
        area = {"position": {"x": 0, "y": 0}, "width": 1, "height": 1}
        self.assert_refused(make_layout(make_zone(areas=[area] * 501)), "500 areas")
        self.assert_refused(make_layout(unknown=[0] * 300_001), "300,000 values")

    def test_two_seats_with_the_same_id_are_refused(self):
        seats = [make_seat(n, x=30, seat_guid="same") for n in ["1", "2"]]
        self.assert_refused(make_layout(make_zone(rows=[make_row(seats=seats)])), "same")

    def test_5000_seats_are_read(self):
        rows = [make_row(f"{label}x", 500) for label in "ABCDEFGHIJ"]
        layout = make_layout(make_zone(rows=rows))
        self.assertEqual(len(read_plan(layout).seats), 5000)


class CategoryNameTests(PlanAssertions, TestCase):
    def test_two_spellings_of_one_category_are_refused(self):
        for one, other in [("Großes Sofa", "GROSSES SOFA"), ("Амели", "амели"), ("VIP", "ＶＩＰ "),
                           ("Café", "Cafe\u0301")]:  # fmt: skip
            with self.subTest(one=one):
                layout = make_layout(categories=["Standard", one, other])
                self.assert_refused(layout, f'"{other}" is the same name as "{one}"')

    def test_a_seat_names_its_category_exactly(self):
        layout = make_layout(make_zone(rows=[make_row(seats=[make_seat(category="STANDARD")])]))
        self.assert_refused(layout, 'there is no category "STANDARD"')


KEYS = [
    "name", "zones", "rows", "seats", "areas", "categories", "position", "x", "y", "size", "text",
    "seat_number", "seat_guid", "row_number", "category", "color", "shape", "polygon", "points",
]  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["Standard", "rectangle", "polygon", "A", 1])
)  # fmt: skip
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner)
    ),
    max_leaves=20,
)


class HostileTests(TestCase):
    def read(self, layout):
        try:
            read_plan(layout)
        except PlanError as error:
            sentence = error.args[0]
            self.assertLess(len(sentence), 2000)
            sentence.encode()

    @quick
    @given(ANY_JSON)
    def test_any_json_is_read_or_refused_with_a_plan_error(self, value):
        self.read(value)
        self.read(make_layout(unknown=value))

    @quick
    @given(ANY_JSON, st.data())
    def test_any_value_at_any_place_is_read_or_refused_with_a_plan_error(self, value, data):
        area = {"position": {"x": 0, "y": 0}, "shape": "ellipse", "ellipse": {"radius": {}}}
        area["ellipse"]["radius"] = {"x": 1, "y": 1}
        area["text"] = {"text": "Exit", "position": {"x": 0, "y": 0}, "color": "#333", "size": 9}
        zone = make_zone("Pit", [make_row(uuid="u", seats_spacing=30)], areas=[area], uuid="u")
        at = layout = make_layout(zone, size={"width": 1, "height": 1})
        while True:
            key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
            if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
                break
            at = at[key]
        at[key] = value
        self.read(layout)
