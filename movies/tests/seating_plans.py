"""Seating plans for the tests of the API."""

import uuid

from django.test import TestCase

from movies.models import SeatCategory, SeatingPlan
from movies.seating.text_format import parse_text
from testing.builders.accounts import make_staff
from testing.cases import APIAssertions

URL = "/api/seating-plans/"
TEXT = "A  ssss_ssss\nB  cc_pp_wa\n\n[Balcony]\nC  rr\n"
RACERS = 8


def url_of(plan):
    return f"{URL}{plan.pk}/"


def make_layout(text="A  ss\n", name="Imported", **changes):
    return parse_text(text, name) | changes


def rows_of(layout):
    return layout["zones"][0]["rows"]


def make_large_layout(seats):
    """Return a layout as editors export it: every row and every seat has an id."""
    layout = make_layout()
    layout["zones"][0]["rows"] = [
        {
            "row_number": str(row),
            "row_number_position": "both",
            "position": {"x": 0, "y": 30 * row},
            "uuid": str(uuid.uuid4()),
            "seats": [
                {
                    "seat_number": str(number),
                    "seat_guid": str(uuid.uuid4()),
                    "uuid": str(uuid.uuid4()),
                    "position": {"x": 30 * number, "y": 0},
                    "category": "Standard",
                }
                for number in range(1, min(100, seats - 100 * row) + 1)
            ],
        }
        for row in range(-(-seats // 100))
    ]
    return layout


class SeatingPlanTests(APIAssertions, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def setUp(self):
        super().setUp()
        self.client = self.client_of(self.staff)

    def post(self, **body):
        return self.client.post(URL, body)

    def put(self, plan, **body):
        return self.client.put(url_of(plan), {"name": plan.name, **body})

    def assert_plan_refused(self, response, field, words):
        """Assert a 400 for the field with these words, and that nothing is saved."""
        [error] = self.assert_problem(response, 400, "invalid")["errors"]
        self.assertEqual(error["field"], field)
        self.assertIn(words, error["detail"])
        self.assertFalse(SeatingPlan.objects.exists())
        self.assertFalse(SeatCategory.objects.exists())
