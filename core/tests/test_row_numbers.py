"""Numbers of rows for the API."""

from django.test import SimpleTestCase, override_settings

from core.row_numbers import LIMIT, shown_number, stored_number


class RowNumberTests(SimpleTestCase):
    def test_a_number_leads_back_to_its_row(self):
        for stored in [0, 1, 2, 41, 2**26 - 1, 2**26, 2**31, LIMIT - 1]:
            with self.subTest(stored=stored):
                shown = shown_number("booking", stored)
                self.assertTrue(0 <= shown < LIMIT)
                self.assertEqual(stored_number("booking", shown), stored)

    def test_numbers_are_different_and_in_no_order(self):
        shown = [shown_number("booking", stored) for stored in range(2000)]
        rising = sum(a < b for a, b in zip(shown, shown[1:], strict=False))
        self.assertEqual(len(set(shown)), 2000)
        self.assertTrue(800 < rising < 1200, rising)
        self.assertGreater(max(shown), LIMIT * 0.99)
        self.assertLess(min(shown), LIMIT * 0.01)

    def test_each_kind_and_each_key_has_its_own_numbers(self):
        here = shown_number("booking", 41)
        self.assertNotEqual(here, shown_number("user", 41))
        with override_settings(ID_KEY="another key"):
            self.assertNotEqual(here, shown_number("booking", 41))

    def test_the_numbers_of_a_key_stay(self):
        with override_settings(ID_KEY="x" * 50):
            self.assertEqual(shown_number("booking", 41), 1035009092856410)

    def test_what_is_no_number_of_a_row_is_refused(self):
        for number in [-1, LIMIT, 10**30]:
            with self.subTest(number=number):
                self.assertRaises(ValueError, shown_number, "booking", number)
                self.assertRaises(ValueError, stored_number, "booking", number)
