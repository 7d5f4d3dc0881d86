"""`ticket_type: null`: what the quote of a free show has, and what can be sent back."""

from django.test import TestCase

from testing.answers import errors_in
from testing.builders.accounts import make_user
from testing.builders.movies import make_show
from testing.sales import CustomerRequests

# (action, body, the field that a show with ticket types refuses)
REQUESTS = [
    ("quote", {"best": 2, "ticket_types": [None, None]}, "ticket_types.0"),
    ("quote", {"seat_numbers": ["1"], "ticket_types": [None]}, "ticket_types.0"),
    ("hold", {"best": 2, "ticket_types": [None, None]}, "ticket_types.0"),
    (
        "hold",
        {"seats": [{"seat_number": "20"}, {"seat_number": "19", "ticket_type": None}]},
        "seats.1.ticket_type",
    ),
    ("book", {"seat_number": "21", "ticket_type": None}, "ticket_type"),
]


class NoTicketTypeTests(CustomerRequests, TestCase):
    """`null` names no ticket type, so a quote can be sent back as it is."""

    @classmethod
    def setUpTestData(cls):
        cls.alice = make_user("alice")
        cls.free, cls.priced = make_show(), make_show(price=9)

    def post(self, action, show, body):
        return self.client_of(self.alice).post(f"/api/shows/{show.pk}/{action}/", body)

    def test_lines_of_a_quote_can_be_held(self):
        for show, name in [(self.free, None), (self.priced, "Adult")]:
            with self.subTest(ticket_type=name):
                quote = self.post("quote", show, {"best": 2}).json()
                lines = [
                    {key: line[key] for key in ("seat_number", "ticket_type")}
                    for line in quote["lines"]
                ]
                self.assertEqual({line["ticket_type"] for line in lines}, {name})
                response = self.post("hold", show, {"seats": lines})
                self.assertEqual(response.status_code, 201, response.content)
                self.assertEqual(response.json()["total"], quote["total"])

    def test_null_is_the_ticket_type_of_a_free_show_in_every_request(self):
        code = self.post("hold", self.free, {"seat_numbers": ["30"]}).json()["code"]
        for action, body, field in REQUESTS:
            with self.subTest(action=action, body=body):
                response = self.post(action, self.free, body)
                self.assertIn(response.status_code, (200, 201), response.content)
                response = self.post(action, self.priced, body)
                self.assert_problem(response, 400, "invalid", detail="has ticket types")
                self.assertEqual(errors_in(response), [(field, "null")])
        body = {"seat_numbers": ["31"], "ticket_types": [None]}
        self.assertEqual(self.act("move", code, **body).status_code, 200)
