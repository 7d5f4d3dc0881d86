"""Seat numbers: their one spelling, and a unique one for every seat of a plan."""

import json
from unittest import TestCase

from movies.seating.json_format import read_plan
from movies.seating.numbers import seat_number_from
from movies.seating.plan import PlanError
from testing.halls import PlanAssertions, make_layout, make_row, make_seat, make_zone
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)


def numbers(layout):
    return [seat.number for seat in read_plan(layout).seats]


class SpellingTests(TestCase):
    def test_spellings_of_the_same_seat_number_are_one(self):
        for value, seat in [
            (" a07 ", "A7"), (7, "7"), ("007", "7"), ("0", "0"), ("000", "0"), ("A0", "A0"),
            ("a100", "A100"), ("10a007", "10A7"), ("balcony12", "BALCONY12"), ("A", "A"),
        ]:  # fmt: skip
            with self.subTest(value=value):
                self.assertEqual(seat_number_from(value), seat)

    @given(st.text(alphabet="aAzZ019 ", max_size=36) | st.integers(0, 10**32 - 1))
    def test_the_one_spelling_stays_as_it_is(self, value):
        try:
            seat = seat_number_from(value)
        except ValueError:
            return
        self.assertEqual(seat_number_from(seat), seat)
        self.assertEqual(seat_number_from(f" {seat.lower()} "), seat)
        self.assertRegex(seat, r"\A[A-Z0-9]{1,32}\Z")

    @given(st.text())
    def test_any_text_is_a_plain_seat_number_or_raises_value_error(self, text):
        try:
            seat = seat_number_from(text)
        except ValueError:
            return
        self.assertTrue(seat.isascii() and seat.isalnum())

    @given(st.floats() | st.booleans() | st.none() | st.lists(st.integers()) | st.binary())
    def test_a_value_that_is_neither_string_nor_whole_number_raises_type_error(self, value):
        with self.assertRaises(TypeError):
            seat_number_from(value)


class NumberingTests(PlanAssertions, TestCase):
    def test_a_seat_number_is_row_label_and_seat_in_the_one_spelling(self):
        for row, seat, number in [
            ("A", "12", "A12"), ("a", "07", "A7"), ("", "12", "12"), (3, 4, "34"),
            ("Row 1", "2", "ROW12"), ("A-1", "2.b", "A12B"), ("A_", " 7 ", "A7"), ("A", "", "A"),
        ]:  # fmt: skip
            with self.subTest(row=row, seat=seat):
                layout = make_layout(make_zone(rows=[make_row(row, [make_seat(seat)])]))
                self.assertEqual(numbers(layout), [number])

    def test_other_characters_and_long_seat_numbers_are_refused(self):
        for row, seat in [("Ж", "1"), ("A", "１"), ("A№", "1"), ("", ""), ("A" * 31, "12")]:
            with self.subTest(row=row, seat=seat):
                layout = make_layout(make_zone("Pit", [make_row(row, [make_seat(seat)])]))
                self.assert_refused(layout, 'Zone "Pit"', "letters A to Z and digits")

    def test_punctuation_and_accents_do_not_count(self):
        for row, number in [("Reihe 1/2", "REIHE127"), ("Box (é)", "BOXE7"), ("Ä", "A7")]:
            with self.subTest(row=row):
                layout = make_layout(make_zone("Pit", [make_row(row, [make_seat("7")])]))
                self.assertEqual(numbers(layout), [number])

    def test_zones_that_share_a_seat_number_put_their_names_in_front(self):
        layout = make_layout(
            make_zone("Stalls", [make_row("A", 2)]),
            make_zone("The Balcony!", [make_row("A", 1), make_row("B", 1)]),
            make_zone("Box", [make_row("C", 1)]),
        )
        expected = ["STALLSA1", "STALLSA2", "THEBALCONYA1", "THEBALCONYB1", "C1"]
        self.assertEqual(numbers(layout), expected)

    def test_an_s_separates_numeric_rows_in_the_whole_plan_where_two_collide(self):
        row_1 = make_row("1", [make_seat("11")])
        row_11 = make_row("11", [make_seat("1")])
        box = make_zone("Box", [make_row("2", 1), make_row("Z", 1)])
        layout = make_layout(make_zone(rows=[row_1, row_11]), box)
        self.assertEqual(numbers(layout), ["1S11", "11S1", "2S1", "Z1"])

    def test_a_numeric_row_may_collide_with_a_row_without_label(self):
        row_1, none = make_row("1", [make_seat("1")]), make_row("", [make_seat("11")])
        self.assertEqual(numbers(make_layout(make_zone(rows=[row_1, none]))), ["1S1", "11"])
        self.assertEqual(numbers(make_layout(make_zone(rows=[none, row_1]))), ["11", "1S1"])

    def test_zone_names_separate_numeric_rows_that_collide_across_zones(self):
        stalls = make_zone("Stalls", [make_row("1", [make_seat("11")])])
        box = make_zone("Box", [make_row("11", [make_seat("1")])])
        self.assertEqual(numbers(make_layout(stalls, box)), ["STALLS111", "BOX111"])

    def test_numeric_rows_that_do_not_collide_get_no_s(self):
        rows = [make_row("1", 9), make_row("2", 1)]
        self.assertEqual(numbers(make_layout(make_zone(rows=rows)))[-1], "21")

    def test_seat_numbers_that_still_collide_are_refused_with_both_places(self):
        twice = make_zone("Pit", [make_row("A", 1), make_row("a", 1)])
        self.assert_refused(
            make_layout(twice), 'Zone "Pit", row a, seat 1', 'Zone "Pit", row A, seat 1'
        )
        self.assert_refused(make_layout(make_zone("Pit"), make_zone("Pit")), "PITA1")
        self.assert_refused(make_layout(make_zone(""), make_zone("Зал")), "Zone 1, row A", "Зал")

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
    def test_every_seat_number_of_any_plan_is_unique_and_in_the_one_spelling(self, zones):
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
        found = [seat.number for seat in plan.seats]
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(found, [seat_number_from(number) for number in found])
        self.assertEqual(read_plan(json.loads(json.dumps(layout))), plan)
