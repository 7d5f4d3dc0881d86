"""Neighbours in a row, and which of them are sold in pairs."""

from unittest import TestCase

from movies.seating.json_format import read_plan
from movies.seating.plan import partners, unpaired
from testing.halls import make_layout, make_row, make_seat, make_zone
from testing.properties import given, settings, st

quick = settings(max_examples=100, deadline=None)


def row_at(*xs, **more):
    return make_row(seats=[make_seat(str(n), x=x) for n, x in enumerate(xs, 1)], **more)


class NeighbourTests(TestCase):
    def runs(self, row):
        """Each run as the seats of it, and whether the seats at their ends are aisle seats."""
        (row,) = read_plan(make_layout(make_zone(rows=[row]))).zones[0].rows
        aisles = {seat.number for run in row.runs for seat in (run[0], run[-1])}
        self.assertEqual({seat.number for seat in row.seats if seat.is_aisle}, aisles)
        return [" ".join(seat.seat for seat in run) for run in row.runs]

    def test_a_gap_is_more_than_one_and_a_half_seats_wide(self):
        self.assertEqual(self.runs(row_at(0, 30, 60)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 30, 75)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 30, 76, 106)), ["1 2", "3 4"])
        self.assertEqual(self.runs(row_at(0)), ["1"])

    def test_the_spacing_is_that_of_the_row_or_its_usual_step(self):
        self.assertEqual(self.runs(row_at(0, 60, 120)), ["1 2 3"])
        self.assertEqual(self.runs(row_at(0, 60, 120, seats_spacing=30)), ["1", "2", "3"])
        self.assertEqual(self.runs(row_at(0, 30, 90, 150)), ["1 2", "3", "4"])

    def test_seats_listed_from_the_right_and_rows_along_the_side_have_neighbours(self):
        self.assertEqual(self.runs(row_at(90, 30, 0)), ["3 2", "1"])
        up = make_row(seats=[make_seat(str(n), y=y) for n, y in enumerate([0, 90, 30])])
        self.assertEqual(self.runs(up), ["0 2", "1"])

    def test_seats_at_one_place_are_neighbours(self):
        self.assertEqual(self.runs(row_at(5, 5, 5)), ["1 2 3"])


class PairTests(TestCase):
    def plan(self, categories):
        """c is a couple seat, s a standard one, _ a gap."""
        names = {"c": "Couple", "s": "Standard"}
        seats = [
            make_seat(str(n), x=30 * n, category=names[letter])
            for n, letter in enumerate(categories, 1)
            if letter != "_"
        ]
        return read_plan(make_layout(make_zone(rows=[make_row(seats=seats, seats_spacing=30)])))

    def test_neighbours_pair_up_from_the_left_of_each_run(self):
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
                self.assertEqual(partners(plan.runs, {"Couple"}), expected)
                self.assertEqual([s.seat for s in unpaired(plan.rows, {"Couple"})], left.split())

    def test_two_categories_do_not_make_a_pair(self):
        plan = self.plan("cssc")
        self.assertEqual(partners(plan.runs, {"Couple", "Standard"}), {"A2": "A3", "A3": "A2"})

    @quick
    @given(st.text("cs_", min_size=1, max_size=12).filter(lambda seats: seats.strip("_")))
    def test_partners_are_neighbours_and_each_the_partner_of_the_other(self, seats):
        plan = self.plan(seats)
        by_number = {seat.number: seat for seat in plan.seats}
        pairs = partners(plan.runs, ["Couple"])
        for one, other in pairs.items():
            self.assertEqual(pairs[other], one)
            self.assertEqual(abs(by_number[one].x - by_number[other].x), 30)
        couples = {seat.number for seat in plan.seats if seat.category == "Couple"}
        alone = {seat.number for seat in unpaired(plan.rows, ["Couple"])}
        self.assertEqual(pairs.keys() | alone, couples)
        self.assertFalse(pairs.keys() & alone)
