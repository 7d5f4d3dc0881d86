from unittest import TestCase

from movies.seating.numbers import seat_number_from
from testing.properties import given, st


class SeatNumberTests(TestCase):
    def test_examples(self):
        for value, seat in [
            (" a07 ", "A7"), (7, "7"), ("007", "7"), ("0", "0"), ("000", "0"), ("A0", "A0"),
            ("a100", "A100"), ("10a007", "10A7"), ("balcony12", "BALCONY12"), ("A", "A"),
        ]:  # fmt: skip
            with self.subTest(value=value):
                self.assertEqual(seat_number_from(value), seat)

    @given(st.text(alphabet="aAzZ019 ", max_size=36) | st.integers(0, 10**32 - 1))
    def test_a_spelling_is_spelled_the_same_again(self, value):
        try:
            seat = seat_number_from(value)
        except ValueError:
            return
        self.assertEqual(seat_number_from(seat), seat)
        self.assertEqual(seat_number_from(f" {seat.lower()} "), seat)
        self.assertRegex(seat, r"\A[A-Z0-9]{1,32}\Z")

    @given(st.text())
    def test_any_text_is_a_plain_seat_number_or_a_value_error(self, text):
        try:
            seat = seat_number_from(text)
        except ValueError:
            return
        self.assertTrue(seat.isascii() and seat.isalnum())

    @given(st.floats() | st.booleans() | st.none() | st.lists(st.integers()) | st.binary())
    def test_what_is_neither_string_nor_whole_number_is_a_type_error(self, value):
        with self.assertRaises(TypeError):
            seat_number_from(value)
