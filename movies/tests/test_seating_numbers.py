"""Seat numbers: their one spelling, and a unique one for every seat of a plan."""

import json
from unittest import TestCase

from core.names import name_key
from movies.seating.json_format import read_plan
from movies.seating.numbering import SeatPlace, seat_numbers_of
from movies.seating.numbers import seat_number_from
from movies.seating.plan import PlanError
from movies.seating.text_writer import to_text
from testing.first_numbering import first_seat_numbers_of
from testing.halls import PlanAssertions, make_layout, make_row, make_seat, make_zone, plan_of
from testing.properties import HealthCheck, assume, given, settings, st

quick = settings(max_examples=100, deadline=None)


def blocks(name, rows, seats):
    labels = [str(row) for row in range(1, rows + 1)]
    return [
        make_zone(f"{name} {nth}", [make_row(label, seats) for label in labels])
        for nth in range(1, 13)
    ]


def tables(name, seats):
    return [make_zone(f"{name} {nth}", [make_row("", seats)]) for nth in range(1, 13)]


def plans():
    """Return a strategy of lists of (zone, [(row, [seat])])."""
    seats = st.lists(st.text("0123a-", max_size=3), max_size=4)
    row = st.tuples(st.text("A1 .0Я一", max_size=3), seats)
    zone = st.sampled_from(["", "Hall", "Box 1", "Box 11", "Box", "Зал", "一階", "Block 1"])
    return st.lists(st.tuples(zone, st.lists(row, max_size=3)), max_size=3)


def layout_of(zones):
    return make_layout(
        *(
            make_zone(name, [make_row(row, [*map(make_seat, seats)]) for row, seats in rows])
            for name, rows in zones
        )
    )


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

    def test_a_seat_without_row_and_number_is_refused(self):
        for row, seat in [("", ""), (" ", "")]:
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
        self.assert_refused(make_layout(make_zone("Зал"), make_zone("Зал")), "ZALA1")

    def test_a_letter_separates_zone_row_and_seat_where_two_digits_meet(self):
        for zones, seats in [
            (blocks("Block", rows=12, seats=20), {"BLOCK1R11S1", "BLOCK11R1S1", "BLOCK12R12S20"}),
            (tables("Table", seats=12), {"TABLE1S1", "TABLE1S11", "TABLE11S1", "TABLE12S12"}),
            (tables("Tisch Nr.", seats=12), {"TISCHNR1S11", "TISCHNR11S1"}),
            (tables("", seats=12), {"1S11", "11S1"}),
            (blocks("", rows=12, seats=12), {"1R11S1", "11R1S1", "1R1S11"}),
        ]:
            with self.subTest(seats=seats):
                self.assertLessEqual(seats, set(numbers(make_layout(*zones))))

    def test_names_in_other_scripts_are_written_in_latin_letters(self):
        for zone, row, seat, number in [
            ("Партер", "Ряд 1", "2", "RYAD1S2"), ("Hall", "Ж", "1", "ZH1"), ("", "A", "１", "A1"),
            ("Θεωρείο", "Σειρά 3", "14", "SEIRA3S14"), ("", "A№", "1", "ANO1"),
            ("一階", "3列", "5番", "3S5"), ("", "い", "5", "R1S5"), ("", "第３列", "٥", "3S5"),
            ("", "Reihe Straßenseite", "4", "RS4"),
        ]:  # fmt: skip
            with self.subTest(zone=zone, row=row):
                other = make_row("Ложа", [make_seat("1")])
                rows = [make_row(row, [make_seat(seat)])]
                self.assertEqual(numbers(make_layout(make_zone(zone, rows)))[0], number)
                self.assertEqual(len(numbers(make_layout(make_zone(zone, [*rows, other])))), 2)

    def test_zones_in_other_scripts_that_share_a_seat_number_put_their_names_in_front(self):
        for names, expected in {
            ("Партер", "Балкон"): ["PARTERA1", "BALKONA1"],
            ("一階", "二階"): ["1A1", "2A1"],
            ("１階", "２階"): ["1A1", "2A1"],
            ("Зал", ""): ["ZALA1", "A1"],
            ("אולם", "יציע"): ["Z1A1", "Z2A1"],
            ("Stalls", "יציע", "אולם"): ["Z1A1", "Z2A1", "Z3A1"],
            ("★", "★★"): ["Z1A1", "Z2A1"],
            ("", ""): ["Z1A1", "Z2A1"],
            tuple(f"Parterre {side}, Plätze für Rollstühle und Begleitung" for side in "LR"): [
                "PLPFRUBA1", "PRPFRUBA1",
            ],
        }.items():  # fmt: skip
            with self.subTest(names=names):
                zones = [make_zone(name, [make_row("A", 1)]) for name in names]
                self.assertEqual(numbers(make_layout(*zones)), expected)

    def test_names_that_read_the_same_are_kept_apart(self):
        box, box_a = make_zone("Бокс", [make_row("A", 1)]), make_zone("Бокс A", [make_row("", 1)])
        other = make_zone("Зал", [make_row("A", 1), make_row("", 1)])
        expected = ["BOKSRAS1", "BOKSAS1", "ZALRAS1", "ZALS1"]
        self.assertEqual(numbers(make_layout(box, box_a, other)), expected)
        rows = [make_row("é", 1), make_row("e", 1)]
        self.assertEqual(numbers(make_layout(make_zone(rows=rows))), ["R1S1", "R2S1"])

    def test_a_typed_hall_may_have_row_labels_in_any_script(self):
        plan = plan_of("[Партер]\nА  ss\nБ  ss\n[一階]\nА  s\nชั้น2 s\n")
        seats = [seat.number for seat in plan.seats]
        self.assertEqual(seats, ["PARTERA1", "PARTERA2", "PARTERB1", "PARTERB2", "1A1", "1R2S1"])
        self.assertEqual(plan_of(to_text(plan)), plan)

    @quick
    @given(plans())
    def test_every_plan_that_had_numbers_before_keeps_them(self, zones):
        places = [
            SeatPlace(nth, zone, row, seat)
            for nth, (zone, rows) in enumerate(zones, 1)
            for row, seats in rows
            for seat in seats
        ]
        try:
            before = first_seat_numbers_of(places)
        except PlanError:
            return
        self.assertEqual(seat_numbers_of(places), before)

    @settings(quick, suppress_health_check=list(HealthCheck))
    @given(plans())
    def test_every_hall_whose_seats_are_written_differently_has_numbers(self, zones):
        names = [
            (name_key(zone), name_key(row), name_key(seat).lstrip("0"))
            for zone, rows in zones
            for row, seats in rows
            for seat in seats
        ]
        assume(names and len(names) == len(set(names)) and all(row for _, row, _ in names))
        self.assertEqual(len(set(numbers(layout_of(zones)))), len(names))

    @quick
    @given(plans())
    def test_every_seat_number_of_any_plan_is_unique_and_in_the_one_spelling(self, zones):
        layout = layout_of(zones)
        try:
            plan = read_plan(layout)
        except PlanError:
            return
        found = [seat.number for seat in plan.seats]
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(found, [seat_number_from(number) for number in found])
        self.assertEqual(read_plan(json.loads(json.dumps(layout))), plan)
