"""The digits of currencies."""

from decimal import Decimal

from django.test import SimpleTestCase

from core.money import (
    DECIMAL_PLACES,
    digits_of,
    has_its_digits,
    known_currencies,
    rounded,
    rounded_down,
    sentence_of_digits,
    shown,
    with_currency,
)
from testing.properties import given, st

currencies = st.sampled_from(sorted(known_currencies()))
any_amounts = st.decimals(0, 10**12 - 1, places=DECIMAL_PLACES, allow_nan=False)


class DigitsTests(SimpleTestCase):
    def test_digits_are_those_of_iso_4217(self):
        for digits, codes in {
            0: "JPY KRW VND CLP XOF XPF PYG UGX ISK",
            # Of those in the second row Unicode's CLDR says that they have no digits.
            2: "EUR GBP USD CHF INR MXN CNY HUF TWD IDR COP TRY "
            "RSD ALL AFN IRR KPW LAK LBP MGA MMK SOS SYP YER",
            3: "KWD BHD OMR JOD TND LYD IQD",
        }.items():
            for code in codes.split():
                with self.subTest(code=code):
                    self.assertEqual(digits_of(code), digits)
                    self.assertIn(code, known_currencies())

    def test_what_is_no_tender_is_not_known(self):
        for code in ("XYZ", "QQQ", "XXX", "XTS", "XAU", "", "eur", "CLF", "UYW", "CHE", "DEM"):
            with self.subTest(code=code):
                self.assertNotIn(code, known_currencies())

    def test_digits_are_no_more_than_the_columns_hold(self):
        self.assertEqual(digits_of("CLF"), DECIMAL_PLACES)

    def test_unknown_code_is_shown_with_two_digits(self):
        self.assertEqual(shown(Decimal("10.5"), "QQQ"), "10.50")

    def test_amounts_are_shown_with_exactly_their_digits(self):
        for amount, currency, text in [
            ("1001.000", "JPY", "1001"),
            ("500.5", "JPY", "501"),
            ("10.500", "EUR", "10.50"),
            ("-2", "EUR", "-2.00"),
            ("0", "EUR", "0.00"),
            ("1E+2", "GBP", "100.00"),
            ("2.125", "KWD", "2.125"),
            ("1500000.000", "IRR", "1500000.00"),
            ("999999999999.999", "KWD", "999999999999.999"),
        ]:
            with self.subTest(amount=amount, currency=currency):
                self.assertEqual(shown(Decimal(amount), currency), text)
                self.assertEqual(with_currency(Decimal(amount), currency), f"{text} {currency}")

    def test_sentence_says_how_many_digits(self):
        self.assertIn("JPY have no digits", sentence_of_digits("JPY"))
        self.assertIn("KWD have at most 3 digits", sentence_of_digits("KWD"))

    @given(any_amounts, currencies)
    def test_rounding_is_to_the_nearest_unit(self, amount, currency):
        unit = Decimal(1).scaleb(-digits_of(currency))
        self.assertLessEqual(abs(rounded(amount, currency) - amount), unit / 2)
        self.assertTrue(0 <= amount - rounded_down(amount, currency) < unit)
        self.assertTrue(has_its_digits(rounded(amount, currency), currency))

    @given(any_amounts, currencies)
    def test_what_is_shown_reads_back_as_the_rounded_amount(self, amount, currency):
        text = shown(amount, currency)
        self.assertEqual(Decimal(text), rounded(amount, currency))
        self.assertEqual(len(text.partition(".")[2]), digits_of(currency))
