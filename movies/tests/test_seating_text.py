"""Halls typed as text: `movies.seating.text_format`."""

from unittest import TestCase

from movies.seating.plan import PlanError, partners
from movies.seating.text_format import DEFAULT_LEGEND, parse_text
from testing.halls import plan_of


def numbers_in(text):
    return " ".join(seat.number for seat in plan_of(text).seats)


def columns_in(text):
    return [int(seat.x / 30) for seat in plan_of(text).seats]


class RowTests(TestCase):
    def test_a_row_is_a_label_and_a_letter_for_each_seat(self):
        self.assertEqual(numbers_in("A  ss_s"), "A1 A2 A3")
        self.assertEqual(columns_in("A  ss_s"), [0, 1, 3])
        self.assertEqual(numbers_in("a ss\n2 s\nBB s"), "A1 A2 21 BB1")

    def test_marks_say_where_numbers_start_and_in_which_direction_and_steps_they_rise(self):
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
                self.assertEqual(numbers_in(text), numbers)

    def test_numbers_continue_in_rows_without_label(self):
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
                self.assertEqual(numbers_in(text), numbers)

    def test_a_row_starts_in_the_column_where_it_is_typed(self):
        self.assertEqual(columns_in("A   ss\nB  ssss"), [1, 2, 0, 1, 2, 3])
        self.assertEqual(columns_in("A < ss\nB   ss\nC _ss"), [1, 2, 1, 2, 0, 1])
        self.assertEqual(columns_in("   A\tss \t\r\nAA   ss\r\n"), [0, 1, 0, 1])

    def test_a_mark_between_seats_takes_no_column(self):
        self.assertEqual(columns_in("A ss_ 7> ss\nB ss    7>    ss"), [0, 1, 3, 4, 0, 1, 2, 3])

    def test_empty_lines_between_rows_are_walkways(self):
        plan = plan_of("\n\nA s\nB s\n\nC s\n  \n\nD s\n\n[Box]\n\nE s\n")
        self.assertEqual([seat.y for seat in plan.seats], [0, 30, 90, 180, 270])

    def test_legend_lines_comments_and_directions_are_not_walkways(self):
        plan = plan_of("A s\n# aisle = none\nv = VIP\nnumbers: left\nB s")
        self.assertEqual([seat.y for seat in plan.seats], [0, 30])

    def test_zones_are_below_each_other(self):
        plan = plan_of("A s\n[Balcony]\nB s\nC s\n[ Box 1 ]\nD s")
        self.assertEqual([zone.name for zone in plan.zones], ["Hall", "Balcony", "Box 1"])
        self.assertEqual([seat.y for seat in plan.seats], [0, 90, 120, 210])
        self.assertEqual([zone.name for zone in plan_of("[Balcony]\nA s").zones], ["Balcony"])

    def test_two_rows_may_have_one_label_if_their_numbers_differ(self):
        self.assertEqual(numbers_in("A ss\nA 3> ss"), "A1 A2 A3 A4")

    def test_seats_with_a_gap_between_are_not_neighbours(self):
        self.assertEqual(
            partners(plan_of("A c_c_c\nB cc").runs, {"Couple"}), {"B1": "B2", "B2": "B1"}
        )


class LegendTests(TestCase):
    def test_default_letters_need_no_legend_line(self):
        plan = plan_of("A spcwar")
        self.assertEqual(
            [seat.category for seat in plan.seats],
            ["Standard", "Premium", "Couple", "Wheelchair", "Companion", "Restricted view"],
        )
        self.assertEqual(list(plan.categories.items()), list(DEFAULT_LEGEND.values()))

    def test_only_default_letters_in_use_become_categories(self):
        self.assertEqual(
            plan_of("A ww\nB s").categories, {"Standard": "#4a7fb5", "Wheelchair": "#3f9d6b"}
        )

    def test_a_legend_line_holds_for_the_whole_text(self):
        plan = plan_of("A sv\n v =  Very Important  #aa3377 ")
        self.assertEqual(plan.categories, {"Very Important": "#aa3377", "Standard": "#4a7fb5"})
        self.assertEqual([seat.category for seat in plan.seats], ["Standard", "Very Important"])

    def test_a_colour_is_a_code_or_a_name_or_left_out(self):
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
        with self.assertRaisesRegex(PlanError, "Line 2: s is not a category"):
            plan_of("x = standard\nA xs")

    def test_another_spelling_of_a_default_category_takes_its_colour_and_its_letter(self):
        for name in ["restricted  VIEW", "Ｒestricted view"]:
            with self.subTest(name=name):
                self.assertEqual([*plan_of(f"x = {name}\nA x").categories.values()], ["#9a8fb0"])
                with self.assertRaisesRegex(PlanError, "Line 2: r is not a category"):
                    plan_of(f"x = {name}\nA xr")


class RefusedTextTests(TestCase):
    def test_the_sentence_names_the_wrong_line(self):
        for text, sentence in [
            ("A", "Line 1: row A has no seats"),
            ("ssss", "Line 1: row ssss has no seats.*- ssss"),
            ("A s\n\nB ___", "Line 3: row B has no seats"),
            ("ssss_ssss", "Line 1: begin a row with a label"),
            ("LONGLABEL s", "Line 1: begin a row with a label"),
            ("é! ss", "Line 1: begin a row with a label"),
            ("A ss ss", "Line 1: a space between seats"),
            ("A s\nB x", "Line 2: x is not a category"),
            ("A ss\nB s\na 2> s", "Line 3: there is a seat a2 in line 1"),
            ("A sé", 'Line 1: "sé" is neither'),
            ("A 5 ss", 'Line 1: "5" is neither'),
            ("A 1+0> ss", "Line 1: .* is neither"),
            ("A < > ss", "Line 1: .* is neither"),
            ("A ss <", "Line 1: no seats after <"),
            ("numbers: up\nA s", 'Line 1: write "numbers: left" or'),
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
            ("v = VIP #12\nA s", "Line 1: #12 is not a colour"),
            ("v = VIP\nA s\nv = Sofa", "Line 3: v stands for"),
            ("v = VIP\nw = vip\nA s", 'Line 2: "vip" has the letter v'),
            ("v = Großes Sofa\nw = GROSSES SOFA\nA s", 'Line 2: "GROSSES SOFA" has the letter v'),
            ("[Зал]\nA s\n[ЗАЛ]\nB s", "Line 3: zone .* began in line 1"),
            ("A s\n\0", r"Line 2: has a control character \(U\+0000\)"),
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
