"""Codes of tickets: they say what was signed, and no other text is one."""

from base64 import b32decode, b32encode

from django.conf import settings
from django.test import SimpleTestCase, override_settings

from testing.properties import assume, given, st
from tickets.codes import (
    LENGTH,
    MAX_GENERATION,
    MAX_NUMBER,
    PREFIX,
    Claims,
    InvalidCode,
    decode,
    encode,
    key_from,
)
from tickets.keys import signing_key, verifying_keys

KEY, OTHER = key_from("k" * 40), key_from("o" * 40)
KEYS = {KEY.id: KEY}
CODE = encode(Claims(12, 1035009092856410, 1), KEY)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

numbers = st.integers(0, MAX_NUMBER)
claims = st.builds(Claims, numbers, numbers, st.integers(0, MAX_GENERATION))


class CodeTests(SimpleTestCase):
    def assert_refused(self, text, keys=KEYS):
        with self.assertRaises(InvalidCode):
            decode(text, keys)

    @given(claims)
    def test_a_code_says_what_was_signed(self, said):
        code = encode(said, KEY)
        self.assertEqual(decode(code, KEYS), said)
        self.assertEqual(len(code), LENGTH)
        self.assertRegex(code, r"\AT1\.[A-Z2-7]{136}\Z")  # the alphanumeric mode of QR codes

    @given(st.integers(0, LENGTH - 1), st.characters())
    def test_any_changed_character_is_refused(self, place, letter):
        readings = {CODE[place], CODE[place].lower()}
        if place >= len(PREFIX):
            readings |= {"O": {"0"}, "I": {"1"}}.get(CODE[place], set())
        assume(letter not in readings)
        self.assert_refused(CODE[:place] + letter + CODE[place + 1 :])

    @given(st.integers(len(PREFIX), LENGTH - 1), st.sampled_from(ALPHABET))
    def test_any_other_letter_of_base32_is_refused(self, place, letter):
        assume(letter != CODE[place])
        self.assert_refused(CODE[:place] + letter + CODE[place + 1 :])

    @given(st.text(max_size=300))
    def test_any_other_text_is_refused(self, text):
        self.assert_refused(text)

    @given(st.integers(0, LENGTH - 1))
    def test_a_part_of_a_code_is_refused(self, length):
        self.assert_refused(CODE[:length])
        self.assert_refused(CODE + CODE[: length + 1])

    def test_a_typed_code_may_have_other_cases_zeros_and_ones(self):
        typed = CODE[:3] + CODE[3:].replace("O", "0").replace("I", "1").lower()
        self.assertNotEqual(typed, CODE)
        for text in (CODE.lower(), typed, f"  {CODE}\n"):
            with self.subTest(text=text):
                self.assertEqual(decode(text, KEYS), decode(CODE, KEYS))

    def test_letters_that_only_upper_case_makes_ascii_are_refused(self):
        for letter, like in (("ı", "I"), ("ſ", "S")):
            place = CODE.index(like, 3)
            self.assert_refused(CODE[:place] + letter + CODE[place + 1 :])

    def test_a_long_text_is_refused_before_it_is_read(self):
        self.assert_refused(" " * 10_000_000 + CODE)

    def test_a_code_of_an_unknown_key_is_refused(self):
        self.assert_refused(encode(Claims(12, 1, 1), OTHER))
        self.assert_refused(CODE, {})
        self.assert_refused(CODE, {KEY.id: OTHER})  # another key under its id

    def test_a_code_of_another_version_is_refused(self):
        payload = bytes([2]) + b32decode(CODE[3:])[1:21]
        signature = KEY.private.sign(PREFIX.encode() + payload)
        self.assert_refused(PREFIX + b32encode(payload + signature).decode())

    def test_a_number_without_room_is_no_code(self):
        for said in (
            Claims(MAX_NUMBER + 1, 1, 1),
            Claims(1, -1, 1),
            Claims(1, 1, MAX_GENERATION + 1),
        ):
            with self.subTest(claims=said), self.assertRaises(ValueError):
                encode(said, KEY)


class KeyTests(SimpleTestCase):
    def test_the_first_key_signs_and_all_verify(self):
        old, new = "o" * 32, "n" * 32
        said = Claims(1, 2, 3)
        with override_settings(TICKET_KEYS=[old]):
            code = encode(said, signing_key())
        with override_settings(TICKET_KEYS=[new, old]):
            self.assertEqual(decode(code, verifying_keys()), said)
            renewed = encode(said, signing_key())
        self.assertNotEqual(renewed, code)
        with override_settings(TICKET_KEYS=[new]):
            self.assertEqual(decode(renewed, verifying_keys()), said)
            with self.assertRaises(InvalidCode):
                decode(code, verifying_keys())

    def test_the_secret_key_signs_unless_another_key_is_set(self):
        self.assertEqual(settings.TICKET_KEYS, [settings.SECRET_KEY])
