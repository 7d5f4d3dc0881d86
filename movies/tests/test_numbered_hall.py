"""Shows without a seating plan have seats "1" to "N": `movies.seating.numbered_hall`."""

from unittest import TestCase

from movies.seating.numbered_hall import CATEGORY, numbered_plan, numbered_seats


class NumberedHallTests(TestCase):
    def test_seats_are_numbered_from_1_in_rows_of_20(self):
        for total, rows in [(1, [1]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])]:
            with self.subTest(total=total):
                plan = numbered_plan(total)
                numbers = [seat.number for seat in plan.seats]
                self.assertEqual(numbers, [str(n) for n in range(1, total + 1)])
                self.assertEqual([len(row.seats) for row in plan.rows], rows)
                self.assertEqual({row.label for row in plan.rows}, {""})
                self.assertEqual({seat.category for seat in plan.seats}, {CATEGORY})

    def test_seats_are_found_by_number(self):
        self.assertEqual(numbered_seats(45)["45"], numbered_plan(45).seats[44])
