import json
from copy import deepcopy
from unittest import TestCase

from movies.seating.numbers import seat_number_from
from movies.seating.plan import DEFAULT_COLOR, PlanError, partners, read_plan, unpaired
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)


def make_seat(number="1", x=0, y=0, category="Standard", **more):
    return {
        "seat_guid": "",
        "seat_number": number,
        "position": {"x": x, "y": y},
        "category": category,
        **more,
    }


def make_row(label="A", seats=3, **more):
    """seats: how many, or the seats."""
    if isinstance(seats, int):
        seats = [make_seat(str(n + 1), x=30 * n) for n in range(seats)]
    return {"row_number": label, "position": {"x": 0, "y": 0}, "seats": seats, **more}


def make_zone(name="Hall", rows=None, **more):
    rows = [make_row()] if rows is None else rows
    return {"name": name, "position": {"x": 0, "y": 0}, "rows": rows, **more}


def make_layout(*zones, categories=("Standard", "Couple"), **more):
    return {
        "name": "Screen 2",
        "categories": [{"name": name, "color": "#4a7fb5"} for name in categories],
        "zones": list(zones) or [make_zone()],
        **more,
    }


def make_rows(**rows):
    return make_layout(make_zone(rows=[make_row(label, seats) for label, seats in rows.items()]))


def numbers(layout):
    return [seat.number for seat in read_plan(layout).seats]


def row_at(*xs, **more):
    return make_row(seats=[make_seat(str(n), x=x) for n, x in enumerate(xs, 1)], **more)


class ReadPlanTests(TestCase):
    def refuse(self, layout, *words):
        with self.assertRaises(PlanError) as caught:
            read_plan(layout)
        for word in words:
            self.assertIn(word, caught.exception.args[0])

    def refuse_seat(self, word, **wrong):
        layout = make_layout(make_zone("Balcony", [make_row("C", [make_seat("4") | wrong])]))
        self.refuse(layout, 'Zone "Balcony", row C, seat', word)

    def test_a_seat_lies_where_zone_row_and_seat_say_together(self):
        row = make_row("A", [make_seat("1", x=1.5, y=2)], position={"x": 10, "y": 20})
        plan = read_plan(make_layout(make_zone(rows=[row], position={"x": 100, "y": 200.5})))
        (seat,) = plan.seats
        self.assertEqual((seat.x, seat.y), (111.5, 222.5))
        self.assertEqual((seat.number, seat.row, seat.seat, seat.zone), ("A1", "A", "1", "Hall"))
        self.assertEqual((plan.zones[0].rows[0].x, plan.zones[0].rows[0].y), (110, 220.5))

    def test_what_may_be_left_out(self):
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

    def test_unknown_keys_are_allowed_and_the_layout_stays_as_it_was(self):
        layout = make_layout(make_zone(colour={"of": ["the", 1.5, None, True]}), made_by="me")
        before = deepcopy(layout)
        read_plan(layout)
        self.assertEqual(layout, before)

    def test_reading_order_is_zones_rows_seats_as_listed(self):
        layout = make_layout(
            make_zone("Stalls", [make_row("B", 2), make_row("A", 1)]),
            make_zone("Circle", [make_row("C", 1)]),
        )
        self.assertEqual(numbers(layout), ["B1", "B2", "A1", "C1"])

    def test_areas_of_every_shape(self):
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
                self.refuse(make_layout(make_zone(areas=[area])), "area")
        long = {"position": {"x": 0, "y": 0}, "width": 1, "height": 1, "text": "x" * 2000}
        read_plan(make_layout(make_zone(areas=[long])))

    def test_a_missing_or_mistyped_value_is_refused_with_its_place(self):
        for wrong in [None, True, "1", [], {}, {"x": 1}, {"x": True, "y": 1}, {"x": "1", "y": 1}]:
            with self.subTest(position=wrong):
                self.refuse_seat("position", position=wrong)
        for wrong in [None, True, 1.0, -1, [], {}]:
            with self.subTest(seat_number=wrong):
                self.refuse_seat("seat_number", seat_number=wrong)
        self.refuse_seat("category", category=1)
        self.refuse_seat("category", category="Sofa")
        self.refuse_seat("radius", radius=-1)
        self.refuse_seat("seat_guid", seat_guid=None)
        for key in ["seat_guid", "seat_number", "position", "category"]:
            with self.subTest(missing=key):
                seat = make_seat()
                del seat[key]
                self.refuse(make_layout(make_zone(rows=[make_row(seats=[seat])])), key, "row A")
        for key in ["name", "zones", "categories"]:
            with self.subTest(missing=key):
                layout = make_layout()
                del layout[key]
                self.refuse(layout, key)
        for wrong in [None, 1, "x", [], True]:
            self.refuse(wrong, "object")
            self.refuse(make_layout() | {"size": wrong}, "size")
            self.refuse(make_layout(wrong), "zones")
            self.refuse(make_layout(make_zone(rows=[wrong])), "rows")
        self.refuse(make_layout() | {"zones": {}}, "zones")

    def test_numbers_have_bounds_everywhere(self):
        for huge in [float("inf"), float("-inf"), float("nan"), 10**400, 1e300]:
            with self.subTest(number=str(huge)[:9]):
                self.refuse(make_layout(unknown=[huge]), "unknown[0]", "too large")
        for huge in [1_000_001, -1_000_000.5]:
            self.refuse_seat("position", position={"x": huge, "y": 0})
        read_plan(make_layout(exported_at=1_700_000_000_000))

    def test_no_string_or_key_holds_what_no_one_can_see(self):
        for wrong in ["\0", "\n", "\x85", "\ud800", "\u202e", "\u2066", "\u200f", "\uffff"]:
            with self.subTest(character=ascii(wrong)):
                self.refuse(make_layout(unknown={"deep": ["a" + wrong]}), "unknown.deep[0]")
                self.refuse(make_layout(unknown={"a" + wrong: 1}), "unknown", "key")
                self.refuse(make_layout() | {"name": wrong}, "name")
        self.refuse(make_layout(unknown="x" * 501), "longer than 500")
        self.refuse(make_layout(unknown={"text": "x" * 501}), "longer than 500")
        read_plan(make_layout(unknown="x" * 500, name="Größer 座席"))

    def test_a_deep_layout_is_refused_before_it_hurts(self):
        layout = make_layout()
        layout["unknown"] = json.loads("[" * 900 + "]" * 900)
        self.refuse(layout, "deeper than 20")
        layout["unknown"] = json.loads('{"a":' * 900 + "1" + "}" * 900)
        self.refuse(layout, "deeper than 20")
        deep = []
        for _ in range(100_000):
            deep = [deep]
        self.refuse(make_layout(unknown=deep), "deeper than 20")
        layout["unknown"] = json.loads("[" * 20 + "]" * 20)
        self.refuse(layout, "deeper than 20")
        layout["unknown"] = json.loads("[" * 19 + "]" * 19)
        read_plan(layout)

    def test_what_is_no_json_is_refused(self):
        for wrong in [(1,), b"x", {1}, 1j]:
            self.refuse(make_layout(unknown=wrong), "not a JSON value")
        self.refuse(make_layout(unknown={1: 1}), "key")

    def test_names_and_colours_are_held_to_what_can_be_shown(self):
        for name in ["", "  ", "x" * 101, 7]:
            self.refuse(make_layout() | {"name": name}, "name")
        self.refuse(make_layout(make_zone("x" * 101)), "Zone 1")
        for names in [["Standard", "STANDARD"], ["Standard", ""], ["Standard", "x" * 51]]:
            self.refuse(make_layout(categories=names), "ategory")
        for color in ["#12", "#12345", "red;", "url(x)", "#ggg", "ｒed", 'x"onload="', 5]:
            with self.subTest(color=color):
                layout = make_layout()
                layout["categories"][0]["color"] = color
                self.refuse(layout, 'Category "Standard"', "color")
        for color in ["#abc", "#aabbcc", "#AABBCC80", "teal"]:
            layout = make_layout()
            layout["categories"][0]["color"] = color
            self.assertEqual(read_plan(layout).categories["Standard"], color)

    def test_a_colour_that_is_not_drawn_here_is_drawn_grey_and_kept(self):
        for color in ["", None, "rgba(74, 127, 181, 0.5)", "hsl(207deg 41% 50%)", "#47b8"]:
            with self.subTest(color=color):
                layout = make_layout()
                layout["categories"][0]["color"] = color
                self.assertEqual(read_plan(layout).categories["Standard"], DEFAULT_COLOR)
                self.assertEqual(layout["categories"][0]["color"], color)

    def test_null_is_as_good_as_nothing_where_a_key_may_be_left_out(self):
        layout = make_layout(make_zone("Pit", [make_row("A", 2)]))
        layout["zones"][0] |= {"areas": None, "uuid": None}
        layout["zones"][0]["rows"][0] |= {"row_number_position": None, "seats_spacing": None}
        self.assertEqual(numbers(layout), ["A1", "A2"])

    def test_a_plan_has_1_to_5000_seats(self):
        self.refuse(make_layout() | {"zones": []}, "no seats")
        self.refuse(make_rows(A=0), "no seats")
        self.refuse(make_rows(A=2501, B=2500), "5,000 seats")
        self.assertEqual(len(numbers(make_rows(A=2500, B=2500))), 5000)

    def test_zones_rows_areas_and_categories_have_bounds(self):
        zones = [make_zone(rows=[])] * 101
        self.refuse(make_layout(make_zone(), *zones), "100 zones")
        self.refuse(make_layout(make_zone(rows=[make_row(seats=[])] * 1001)), "1,000 rows")
        self.refuse(make_layout(categories=[f"{n}" for n in range(51)]), "50 categories")
        area = {"position": {"x": 0, "y": 0}, "width": 1, "height": 1}
        self.refuse(make_layout(make_zone(areas=[area] * 501)), "500 areas")
        self.refuse(make_layout(unknown=[0] * 300_001), "300,000 values")

    def test_two_seats_of_one_id_are_refused(self):
        seats = [make_seat(n, x=30, seat_guid="same") for n in ["1", "2"]]
        self.refuse(make_layout(make_zone(rows=[make_row(seats=seats)])), "same")

    def test_5000_seats_are_read(self):
        rows = [make_row(f"{label}x", 500) for label in "ABCDEFGHIJ"]
        layout = make_layout(make_zone(rows=rows))
        self.assertEqual(len(read_plan(layout).seats), 5000)


class LabelTests(TestCase):
    def refuse(self, layout, *words):
        with self.assertRaises(PlanError) as caught:
            read_plan(layout)
        for word in words:
            self.assertIn(word, caught.exception.args[0])

    def test_a_label_is_row_and_number_in_the_one_spelling(self):
        for row, seat, label in [
            ("A", "12", "A12"), ("a", "07", "A7"), ("", "12", "12"), (3, 4, "34"),
            ("Row 1", "2", "ROW12"), ("A-1", "2.b", "A12B"), ("A_", " 7 ", "A7"), ("A", "", "A"),
        ]:  # fmt: skip
            with self.subTest(row=row, seat=seat):
                layout = make_layout(make_zone(rows=[make_row(row, [make_seat(seat)])]))
                self.assertEqual(numbers(layout), [label])

    def test_other_characters_and_long_labels_are_refused(self):
        for row, seat in [("Ж", "1"), ("A", "１"), ("A№", "1"), ("", ""), ("A" * 31, "12")]:
            with self.subTest(row=row, seat=seat):
                layout = make_layout(make_zone("Pit", [make_row(row, [make_seat(seat)])]))
                self.refuse(layout, 'Zone "Pit"', "letters A to Z and digits")

    def test_punctuation_and_accents_do_not_count(self):
        for row, label in [("Reihe 1/2", "REIHE127"), ("Box (é)", "BOXE7"), ("Ä", "A7")]:
            with self.subTest(row=row):
                layout = make_layout(make_zone("Pit", [make_row(row, [make_seat("7")])]))
                self.assertEqual(numbers(layout), [label])

    def test_zones_that_share_a_label_put_their_names_in_front(self):
        layout = make_layout(
            make_zone("Stalls", [make_row("A", 2)]),
            make_zone("The Balcony!", [make_row("A", 1), make_row("B", 1)]),
            make_zone("Box", [make_row("C", 1)]),
        )
        labels = ["STALLSA1", "STALLSA2", "THEBALCONYA1", "THEBALCONYB1", "C1"]
        self.assertEqual(numbers(layout), labels)

    def test_rows_with_numbers_that_collide_are_parted_by_an_s_in_the_whole_plan(self):
        row_1 = make_row("1", [make_seat("11")])
        row_11 = make_row("11", [make_seat("1")])
        box = make_zone("Box", [make_row("2", 1), make_row("Z", 1)])
        labels = ["1S11", "11S1", "2S1", "Z1"]
        self.assertEqual(numbers(make_layout(make_zone(rows=[row_1, row_11]), box)), labels)

    def test_a_row_with_a_number_may_collide_with_one_without(self):
        row_1, none = make_row("1", [make_seat("1")]), make_row("", [make_seat("11")])
        self.assertEqual(numbers(make_layout(make_zone(rows=[row_1, none]))), ["1S1", "11"])
        self.assertEqual(numbers(make_layout(make_zone(rows=[none, row_1]))), ["11", "1S1"])

    def test_rows_with_numbers_that_collide_across_zones_are_parted_by_their_zones(self):
        stalls = make_zone("Stalls", [make_row("1", [make_seat("11")])])
        box = make_zone("Box", [make_row("11", [make_seat("1")])])
        self.assertEqual(numbers(make_layout(stalls, box)), ["STALLS111", "BOX111"])

    def test_rows_with_numbers_that_do_not_collide_stay_plain(self):
        rows = [make_row("1", 9), make_row("2", 1)]
        self.assertEqual(numbers(make_layout(make_zone(rows=rows)))[-1], "21")

    def test_what_still_collides_is_refused_with_both_places(self):
        twice = make_zone("Pit", [make_row("A", 1), make_row("a", 1)])
        self.refuse(make_layout(twice), 'Zone "Pit", row a, seat 1', 'Zone "Pit", row A, seat 1')
        self.refuse(make_layout(make_zone("Pit"), make_zone("Pit")), "PITA1")
        self.refuse(make_layout(make_zone(""), make_zone("Зал")), "Zone 1, row A", "Зал")

    @quick
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["", "Hall", "Box 1", "Зал"]),
                st.lists(
                    st.tuples(
                        st.text("A1 .0", max_size=3),
                        st.lists(st.text("0123a-", max_size=3), max_size=4),
                    ),
                    max_size=3,
                ),
            ),
            max_size=3,
        )
    )
    def test_an_accepted_plan_has_labels_of_their_own_in_the_one_spelling(self, zones):
        layout = make_layout(
            *(
                make_zone(name, [make_row(row, [*map(make_seat, seats)]) for row, seats in rows])
                for name, rows in zones
            )
        )
        try:
            plan = read_plan(layout)
        except PlanError:
            return
        labels = [seat.number for seat in plan.seats]
        self.assertEqual(len(labels), len(set(labels)))
        self.assertEqual(labels, [seat_number_from(label) for label in labels])
        self.assertEqual(read_plan(json.loads(json.dumps(layout))), plan)


class NeighbourTests(TestCase):
    def runs(self, row):
        (row,) = read_plan(make_layout(make_zone(rows=[row]))).zones[0].rows
        aisles = {seat.number for run in row.runs for seat in (run[0], run[-1])}
        self.assertEqual({seat.number for seat in row.seats if seat.is_aisle}, aisles)
        return [" ".join(seat.seat for seat in run) for run in row.runs]

    def test_a_gap_is_more_than_one_and_a_half_seats_wide(self):
        self.assertEqual(self.runs(row_at(0, 30, 60)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 30, 75)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 30, 76, 106)), ["1 2", "3 4"])
        self.assertEqual(self.runs(row_at(0)), ["1"])

    def test_the_usual_spacing_is_the_rows_own(self):
        self.assertEqual(self.runs(row_at(0, 60, 120)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 60, 120, seats_spacing=30)), ["1", "2", "3"])
        self.assertEqual(self.runs(row_at(0, 30, 90, 150)), ["1 2", "3", "4"])

    def test_seats_listed_from_the_right_and_rows_up_the_side_have_neighbours_too(self):
        self.assertEqual(self.runs(row_at(90, 30, 0)), ["3 2", "1"])
        up = make_row(seats=[make_seat(str(n), y=y) for n, y in enumerate([0, 90, 30])])
        self.assertEqual(self.runs(up), ["0 2", "1"])

    def test_seats_in_one_spot_are_no_error(self):
        self.assertEqual(self.runs(row_at(5, 5, 5)), ["1 2 3"])


class PairTests(TestCase):
    def plan(self, categories):
        """One letter a seat: c is a couple's, s a standard one, _ a gap."""
        names = {"c": "Couple", "s": "Standard"}
        seats = [
            make_seat(str(n), x=30 * n, category=names[letter])
            for n, letter in enumerate(categories, 1)
            if letter != "_"
        ]
        return read_plan(make_layout(make_zone(rows=[make_row(seats=seats, seats_spacing=30)])))

    def test_neighbours_pair_from_the_left_of_each_run(self):
        for seats, pairs, left in [
            ("cccc", "12 34", ""),
            ("ccc", "12", "3"),
            ("c_c", "", "1 3"),
            ("cc_ccs", "12 45", ""),
            ("csc", "", "1 3"),
            ("ss", "", ""),
        ]:
            with self.subTest(seats=seats):
                plan = self.plan(seats)
                expected = {}
                for a, b in pairs.split():
                    expected |= {f"A{a}": f"A{b}", f"A{b}": f"A{a}"}
                self.assertEqual(partners(plan, {"Couple"}), expected)
                self.assertEqual([s.seat for s in unpaired(plan, {"Couple"})], left.split())

    def test_categories_sold_in_pairs_do_not_mix(self):
        plan = self.plan("cssc")
        self.assertEqual(partners(plan, {"Couple", "Standard"}), {"A2": "A3", "A3": "A2"})

    @quick
    @given(st.text("cs_", min_size=1, max_size=12).filter(lambda seats: seats.strip("_")))
    def test_a_partner_is_beside_and_the_partners_partner_is_oneself(self, seats):
        plan = self.plan(seats)
        by_number = {seat.number: seat for seat in plan.seats}
        pairs = partners(plan, ["Couple"])
        for one, other in pairs.items():
            self.assertEqual(pairs[other], one)
            self.assertEqual(abs(by_number[one].x - by_number[other].x), 30)
        couples = {seat.number for seat in plan.seats if seat.category == "Couple"}
        alone = {seat.number for seat in unpaired(plan, ["Couple"])}
        self.assertEqual(pairs.keys() | alone, couples)
        self.assertFalse(pairs.keys() & alone)


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
    def test_any_json_is_a_plan_or_a_plan_error(self, value):
        self.read(value)
        self.read(make_layout(unknown=value))

    @quick
    @given(ANY_JSON, st.data())
    def test_any_value_in_any_place_is_a_plan_or_a_plan_error(self, value, data):
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
