"""The picture of a hall: `movies.seating.svg`."""

from unittest import TestCase
from xml.etree import ElementTree

from movies.seating.json_format import read_plan
from movies.seating.svg import SeatShape, draw
from movies.seating.text_format import parse_text
from testing.halls import make_layout, make_row, make_seat, make_zone, plan_of
from testing.properties import given, st

HALL = """
A ww_ssss
B ss_ssss
C cc_cccc
"""
SHAPES = {"Couple": SeatShape.COUPLE, "Wheelchair": SeatShape.WHEELCHAIR}
HOSTILE = "<script>alert('1')</script> & \"2\" ]]> --> é 日本"


def make_plan(positions=((0, 0),), *, name="Hall", category="Standard", label="A", **zone):
    """Return a plan of one row with a seat at each position."""
    seats = [
        make_seat(str(nth), x=x, y=y, category=category) for nth, (x, y) in enumerate(positions, 1)
    ]
    zone = make_zone("", [make_row(label, seats)], **zone)
    return read_plan(make_layout(zone, categories=[category]) | {"name": name})


def drawn(plan, *args, shapes=SHAPES, **kwargs):
    """Return the picture as parsed XML."""
    svg = draw(plan, *args, shapes=shapes, **kwargs)
    return ElementTree.fromstring(svg.replace(' xmlns="http://www.w3.org/2000/svg"', ""))  # noqa: S314, it is our own


def seats_in(picture):
    return {seat.get("data-seat"): seat for seat in picture.iterfind(".//g[@data-seat]")}


def symbol_of(seat):
    return seat.find("use").get("href")


def symbols_in(picture):
    return [symbol_of(seat) for seat in seats_in(picture).values()]


def legend_in(picture):
    return {words.text.strip(): int(words[0].text) for words in picture.iterfind(".//text[tspan]")}


def words_in(picture):
    return [text.text for text in picture.iterfind("text")]


class PictureTests(TestCase):
    def test_each_seat_is_drawn_once_with_its_status(self):
        plan = plan_of(HALL)
        statuses = {"A1": "held", "B2": "booked", "C6": "blocked", "C1": None, "Z9": "booked"}
        seats = drawn(plan, statuses).findall(".//g[@data-seat]")
        self.assertEqual(
            [(seat.get("data-seat"), seat.get("data-status")) for seat in seats],
            [(seat.number, statuses.get(seat.number) or "available") for seat in plan.seats],
        )

    def test_the_title_of_a_seat_says_where_it_is_and_its_status(self):
        seats = seats_in(drawn(plan_of(HALL), {"B2": "booked"}))
        self.assertEqual(seats["A1"].find("title").text, "Row A, seat 1, Wheelchair, available")
        self.assertEqual(seats["B2"].find("title").text, "Row B, seat 2, Standard, booked")
        without_rows = seats_in(drawn(plan_of("- ss")))
        self.assertEqual(without_rows["2"].find("title").text, "Seat 2, Standard, available")
        with_zones = seats_in(drawn(plan_of("[Stalls]\nA s\n[Balcony]\nB s")))
        self.assertEqual(
            with_zones["B1"].find("title").text, "Balcony, row B, seat 1, Standard, available"
        )

    def test_an_unknown_status_is_an_error_and_not_a_free_seat(self):
        with self.assertRaises(KeyError):
            draw(plan_of(HALL), {"A1": "sold"}, shapes=SHAPES)

    def test_the_description_counts_seats_by_status_and_category(self):
        picture = drawn(plan_of(HALL, "Screen 1"), {"A1": "held", "A2": "booked", "B1": "booked"})
        self.assertEqual(picture.get("role"), "img")
        self.assertEqual(
            picture.find("desc").text,
            "Screen 1: 18 seats, 15 available, 1 held, 2 booked. "
            "Standard 10, Couple 6, Wheelchair 2.",
        )

    def test_the_title_is_the_name_of_the_plan_unless_one_is_given(self):
        untitled, titled = (
            drawn(plan_of(HALL, "Screen 1")),
            drawn(plan_of(HALL, "Screen 1"), title="Dune, 20:15"),
        )
        self.assertEqual(untitled.find("title").text, "Screen 1")
        self.assertEqual(titled.find("title").text, "Dune, 20:15")
        self.assertIn("Dune, 20:15", words_in(titled))

    def test_the_legend_has_the_categories_and_statuses_in_use(self):
        self.assertEqual(legend_in(drawn(plan_of("A sss"))), {"Standard": 3, "Available": 3})
        self.assertEqual(
            legend_in(drawn(plan_of("A sspp"), {"A1": "held", "A2": "blocked"})),
            {"Standard": 2, "Premium": 2, "Available": 2, "Held": 1, "Blocked": 1},
        )
        unsold = make_plan()
        unsold = unsold._replace(categories={"Premium": "gold", **unsold.categories})
        self.assertEqual(legend_in(drawn(unsold)), {"Standard": 1, "Available": 1})
        taken = {"A1": "booked", "A2": "booked"}
        self.assertEqual(legend_in(drawn(plan_of("A ss"), taken)), {"Standard": 2, "Booked": 2})

    def test_every_symbol_in_use_is_defined_and_nothing_is_fetched(self):
        plan = plan_of(HALL)
        statuses = {"A1": "held", "B2": "booked", "C6": "blocked"}
        svg = draw(plan, statuses, "Dune", shapes=SHAPES)
        picture = drawn(plan, statuses, "Dune")
        defined = {f"#{symbol.get('id')}" for symbol in picture.iterfind("defs/g")}
        self.assertLessEqual({use.get("href") for use in picture.iter("use")}, defined)
        self.assertEqual(svg.count("http"), 1)  # the namespace

    def test_every_seat_can_be_repainted_with_every_status(self):
        picture = drawn(plan_of("A sw_cc"), {"A1": "booked"}, shapes=SHAPES, prefix="show-7")
        defined = {symbol.get("id") for symbol in picture.iterfind("defs/g")}
        for seat in seats_in(picture).values():
            before, status = symbol_of(seat), seat.get("data-status")
            for other in ("available", "held", "booked", "blocked", "closed"):
                self.assertIn(before.removeprefix("#").removesuffix(status) + other, defined)
            self.assertEqual(seat.find("text").get("display") == "none", status == "booked")

    def test_ids_of_two_pictures_with_different_prefixes_differ(self):
        def ids(prefix):
            picture = drawn(plan_of(HALL), prefix=prefix)
            used = {use.get("href") for use in picture.iter("use")}
            self.assertTrue(all(href.startswith(f"#{prefix}-") for href in used))
            return {element.get("id") for element in picture.iter() if element.get("id")}

        self.assertFalse(ids("show-1") & ids("show-2"))

    def test_statuses_differ_in_shape_and_not_only_in_colour(self):
        statuses = {"A1": "held", "A2": "booked", "A3": "blocked"}
        seats = seats_in(drawn(plan_of("A ssss"), statuses))
        self.assertEqual(len({symbol_of(seat) for seat in seats.values()}), 4)

    def test_couple_seats_are_joined_with_their_partner(self):
        self.assertEqual(
            symbols_in(drawn(plan_of("A ccc_cc"))),
            [
                "#map-couple-left-available",
                "#map-couple-right-available",
                "#map-chair-available",
                "#map-couple-left-available",
                "#map-couple-right-available",
            ],
        )

    def test_couple_seats_above_each_other_are_not_joined(self):
        seats = seats_in(drawn(make_plan([(0, 0), (0, 30)], category="Couple")))
        self.assertEqual(symbol_of(seats["A1"]), "#map-chair-available")

    def test_wheelchair_places_have_a_shape_of_their_own(self):
        plan = make_plan(category="My WHEELCHAIR place")
        picture = drawn(plan, shapes={"My WHEELCHAIR place": SeatShape.WHEELCHAIR})
        self.assertEqual(symbols_in(picture), ["#map-wheelchair-available"])

    def test_shapes_are_those_that_the_caller_gives_whatever_the_names(self):
        couples = ["#map-couple-left-available", "#map-couple-right-available"]
        chairs = ["#map-chair-available"] * 2
        for category, shapes, symbols in [
            ("Sofa", {"Sofa": SeatShape.COUPLE}, couples),
            ("Диван", {"Диван": SeatShape.COUPLE}, couples),
            ("Place fauteuil roulant", {"Place fauteuil roulant": SeatShape.WHEELCHAIR},
             ["#map-wheelchair-available"] * 2),
            ("Couple", {}, chairs),
            ("Wheelchair storage", {}, chairs),
            ("Wheelchair storage", {"Wheelchair storage": SeatShape.CHAIR}, chairs),
        ]:  # fmt: skip
            with self.subTest(category=category, shapes=shapes):
                plan = make_plan([(0, 0), (30, 0)], category=category)
                self.assertEqual(symbols_in(drawn(plan, shapes=shapes)), symbols)

    def test_the_legend_shows_the_shape_of_a_category(self):
        picture = drawn(plan_of("A sw"), shapes={"Wheelchair": SeatShape.WHEELCHAIR})
        symbols = [use.get("href") for use in picture.iterfind("use")]
        self.assertEqual(
            symbols,
            ["#map-chair-available", "#map-wheelchair-available", "#map-chair-available"],
        )

    def test_rows_are_labelled_where_the_plan_says(self):
        layout = parse_text("A ss\nB ss\nC ss\nD ss", "Hall")
        rows = layout["zones"][0]["rows"]
        for row, where in zip(rows, ["start", "end", "both", ""], strict=True):
            row["row_number_position"] = where
        labels = [
            (text.text, float(text.get("x")) > 0)
            for text in drawn(read_plan(layout)).iterfind("text")
            if text.text in "ABCD"
        ]
        self.assertEqual(labels, [("A", False), ("B", True), ("C", False), ("C", True)])

    def test_rows_are_labelled_at_both_ends_where_the_plan_says_nothing(self):
        self.assertEqual(words_in(drawn(make_plan([(0, 0), (30, 0)]))).count("A"), 2)

    def test_zone_names_are_written_if_there_are_several_zones(self):
        self.assertNotIn("Stalls", words_in(drawn(plan_of("[Stalls]\nA ss"))))
        words = words_in(drawn(plan_of("[Stalls]\nA ss\n[Balcony]\nB ss")))
        self.assertLessEqual({"Stalls", "Balcony", "Screen"}, set(words))

    def test_areas_are_drawn_and_a_stage_in_the_plan_replaces_the_screen(self):
        areas = [
            {"shape": "rectangle", "position": {"x": 0, "y": -90}, "rotation": 90,
             "rectangle": {"width": 700, "height": 20}, "color": "teal"},
            {"shape": "ellipse", "position": {"x": -500, "y": 0},
             "ellipse": {"radius": {"x": 50, "y": 20}}, "text": {"text": "Stage"}},
            {"shape": "circle", "position": {"x": 0, "y": 0}, "circle": {"radius": 3}},
            {"shape": "polygon", "position": {"x": 0, "y": 0},
             "polygon": {"points": [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 0, "y": 9}]}},
            {"shape": "text", "position": {"x": 0, "y": 0}, "text": {"text": HOSTILE}},
        ]  # fmt: skip
        picture = drawn(make_plan([(0, 0), (30, 0)], areas=areas))
        shapes = [area[0].tag for area in picture.iterfind("g[@class='area']")]
        self.assertEqual(shapes, ["rect", "ellipse", "ellipse", "polygon", "text"])
        self.assertEqual(picture.find("g/text[@y='5.6']").text, "Stage")
        self.assertNotIn("Screen", words_in(picture))
        left, top, width, height = (float(side) for side in picture.get("viewBox").split())
        self.assertLess(left, -550)  # the ellipse
        self.assertLess(left + width, 600)  # the rectangle, turned to point down
        self.assertIn("rotate(90.0)", picture.find("g[@class='area']").get("transform"))
        self.assertGreater(top + height, 610)

    def test_hostile_texts_are_escaped(self):
        plan = make_plan(name=HOSTILE, category=HOSTILE[:48])
        seat = plan.seats[0]._replace(row=HOSTILE, seat="<b>&", zone=HOSTILE)
        row = plan.zones[0].rows[0]._replace(label=HOSTILE, seats=(seat,), runs=((seat,),))
        zone = plan.zones[0]._replace(name=HOSTILE, rows=(row,))
        plan = plan._replace(zones=(zone, zone._replace(rows=())), seats=(seat,))
        picture = drawn(plan, title=f"{HOSTILE}\x00\x1b")
        self.assertEqual(
            {element.tag for element in picture.iter()},
            {"svg", "title", "desc", "defs", "linearGradient", "stop", "g", "path", "rect",
             "ellipse", "text", "tspan", "use"},
        )  # fmt: skip
        self.assertEqual(picture.find("title").text, f"{HOSTILE}  ")
        self.assertIn(HOSTILE, words_in(picture))
        seat = seats_in(picture)["A1"]
        self.assertEqual(seat.find("text").text, "<b>&")
        self.assertIn(f"row {HOSTILE}, seat <b>&, {HOSTILE[:48]}", seat.find("title").text)

    def test_a_colour_that_is_not_one_is_not_written(self):
        plan = make_plan()._replace(categories={"Standard": 'red"/><script>url(//x)'})
        self.assertNotIn("script", draw(plan, shapes={}))

    def test_a_hall_of_500_seats_is_a_small_file(self):
        plan = plan_of("\n".join(f"{row} ssssss_sssssssssssss_ssssss" for row in range(10, 30)))
        self.assertEqual(len(plan.seats), 500)
        statuses = {seat.number: "held" for seat in plan.seats[::5]}
        self.assertLess(len(draw(plan, statuses, shapes=SHAPES)), 120_000)

    @given(
        st.lists(
            st.tuples(*[st.integers(-20, 20) | st.floats(-500, 500) | st.floats(-1e6, 1e6)] * 2),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from(["Standard", "Couple", "Wheelchair"]),
        st.sampled_from(["", "A", "ROW1"]),
    )
    def test_every_seat_of_any_plan_is_inside_the_picture(self, positions, category, label):
        picture = drawn(make_plan(positions, category=category, label=label))
        left, top, width, height = (float(side) for side in picture.get("viewBox").split())
        for seat in seats_in(picture).values():
            x, y = (float(at) for at in seat.get("transform")[len("translate(") : -1].split())
            self.assertTrue(left + 13 <= x <= left + width - 13, (x, left, width))
            self.assertTrue(top + 13 <= y <= top + height - 13, (y, top, height))
