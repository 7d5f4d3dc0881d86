"""Malformed requests for seats: a 400 that names the field."""

from bookings.models import Order
from bookings.tests.cases import HoldTestCase
from testing.answers import errors_in


class HoldInputTests(HoldTestCase):
    def post(self, body):
        url = f"/api/shows/{self.show.pk}/hold/"
        return self.client_of(self.alice).post(url, body, content_type="application/json")

    def assert_wrong(self, body, *fields):
        """Assert that the JSON text is refused because of these fields."""
        response = self.post(body)
        with self.subTest(body=body[:80]):
            self.assert_problem(response, 400, "invalid")
            self.assertEqual([field for field, _ in errors_in(response)], list(fields))

    def test_exactly_one_form_is_sent(self):
        for body in (
            "{}",
            '{"best": 1, "seat_numbers": ["A1"]}',
            '{"best": 1, "seats": [{"seat_number": "A1"}]}',
            '{"seats": [{"seat_number": "A1"}], "seat_numbers": ["A1"]}',
        ):
            self.assert_wrong(body, None)

    def test_repeated_seat_is_refused_in_any_spelling(self):
        self.assert_wrong('{"seat_numbers": ["A1", "A2", " a01 "]}', "seat_numbers")
        self.assert_wrong('{"seat_numbers": [7, "07"]}', "seat_numbers")
        self.assert_wrong('{"seats": [{"seat_number": "A1"}, {"seat_number": "a1"}]}', "seats")

    def test_options_are_accepted_only_with_their_form(self):
        self.assert_wrong('{"seat_numbers": ["A1"], "category": "Standard"}', "category")
        self.assert_wrong('{"seats": [{"seat_number": "A1"}], "category": "x"}', "category")
        self.assert_wrong(
            '{"seats": [{"seat_number": "A1"}], "ticket_types": ["Adult"]}', "ticket_types"
        )

    def test_number_of_ticket_types_must_match_the_seats(self):
        for body in (
            '{"seat_numbers": ["A1", "A2"], "ticket_types": ["Adult"]}',
            '{"seat_numbers": ["A1"], "ticket_types": ["Adult", "Adult"]}',
            '{"best": 2, "ticket_types": ["Adult", "Adult", "Child"]}',
        ):
            self.assert_wrong(body, "ticket_types")
        self.assert_held(self.hold("A1", ticket_types=[]))

    def test_unknown_ticket_types_are_refused(self):
        for body in (
            {"seat_numbers": ["A1", "A2"], "ticket_types": ["Adult", "Pupil"]},
            {"seats": [{"seat_number": "A1", "ticket_type": "%"}]},
            {"best": 1, "ticket_types": ["Adults"]},
        ):
            with self.subTest(body=body):
                words = "there are Adult, Child"
                response = self.hold(**body)
                self.assert_problem(response, 400, "ticket_type_unknown", detail=words)
        self.assertFalse(Order.objects.exists())

    def test_malformed_numbers_of_seats_are_refused(self):
        for text in (
            "0", "-1", "101", "1" + "0" * 30, "1" + "0" * 4000, "1e400", "-1e400", "1.5", "true",
            "false", "null", "[]", "[1]", "{}", '""', '" "', '"two"', '"\\u0000"', '"\\ud800"',
            "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"best": {text}}}', "best")
        self.assertFalse(Order.objects.exists())

    def test_number_of_seats_is_written_in_plain_digits(self):
        """Python's int() also accepts these, and reads "1_0" as ten."""
        for text in ('"1_0"', '"٢"', '"２"'):
            self.assert_wrong(f'{{"best": {text}}}', "best")

    def test_malformed_lists_of_seats_are_refused(self):
        for text in (
            "null", "1", "1.5", "true", '"A1"', "{}", '{"0": "A1"}', "[]", '"\\ud800"',
            '["\\ud800"]',
        ):  # fmt: skip
            self.assert_wrong(f'{{"seat_numbers": {text}}}', "seat_numbers")
            self.assert_wrong(f'{{"seats": {text}}}', "seats")
        for text in (
            "null", "true", "1.5", "1.0", "1e400", "[]", '["A1"]', "{}", '""', '"\\u0000"',
            '"A1\\u0000"', "-1", "1" + "0" * 32, '"' + "1" * 33 + '"', '"１"',
            "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"seat_numbers": ["A1", {text}]}}', "seat_numbers.1")
            self.assert_wrong(
                f'{{"seats": [{{"seat_number": "A1"}}, {{"seat_number": {text}}}]}}',
                "seats.1.seat_number",
            )
        for text in ("null", "1", "true", "[]", "[[]]"):
            self.assert_wrong(f'{{"seats": [{text}]}}', "seats.0")
        self.assert_wrong('{"seats": [{}]}', "seats.0.seat_number")
        many = ",".join(f'"A{n}"' for n in range(1, 102))
        self.assert_wrong(f'{{"seat_numbers": [{many}]}}', "seat_numbers")
        self.assertFalse(Order.objects.exists())

    def test_malformed_names_are_refused(self):
        for text in (
            "null", "true", "[]", '["Standard"]', "{}", '""', '" "', '"a\\u0000"',
            '"' + "x" * 51 + '"', "[" * 700 + "]" * 700,
        ):  # fmt: skip
            self.assert_wrong(f'{{"best": 1, "category": {text}}}', "category")
            self.assert_wrong(f'{{"best": 1, "ticket_types": [{text}]}}', "ticket_types.0")
            self.assert_wrong(
                f'{{"seats": [{{"seat_number": "A1", "ticket_type": {text}}}]}}',
                "seats.0.ticket_type",
            )
        for text in ("null", "1", "true", '"Adult"', "{}", '"\\ud800"', '["\\ud800"]'):
            self.assert_wrong(f'{{"best": 1, "ticket_types": {text}}}', "ticket_types")

    def test_body_that_is_not_a_json_object_is_refused(self):
        for body in ("", "{", "[]", "null", "7", '"A1"', "NaN", '{"best": NaN}', "[" * 60_000):
            self.assert_wrong(body, None)
        self.assert_wrong('{"best": 1' + "0" * 5000 + "}", None)

    def test_deep_nesting_is_a_400_and_no_500(self):
        for depth in range(860, 1010, 15):
            with self.subTest(depth=depth):
                body = f'{{"best": {"[" * depth}{"]" * depth}}}'
                self.assert_problem(self.post(body), 400, "invalid")
