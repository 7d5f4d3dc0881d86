"""Halls for tests: plans typed as text, and plans in the open JSON format."""

from movies.seating.json_format import read_plan
from movies.seating.plan import PlanError
from movies.seating.text_format import parse_text


def plan_of(text, name="Screen 2"):
    """Return the Plan that the text describes."""
    return read_plan(parse_text(text, name))


def seats_of(plan, *categories):
    """Return the seat numbers of these categories."""
    return {seat.number for seat in plan.seats if seat.category in categories}


def chosen(choice):
    """Return the seat numbers of a choice of best seats."""
    return {number for group in choice.groups for number in group}


def make_seat(number="1", x=0, y=0, category="Standard", **more):
    """Return the JSON of a seat; `more` are further keys."""
    return {
        "seat_guid": "",
        "seat_number": number,
        "position": {"x": x, "y": y},
        "category": category,
        **more,
    }


def make_row(label="A", seats=3, **more):
    """Return the JSON of a row. `seats`: their JSON, or how many side by side."""
    if isinstance(seats, int):
        seats = [make_seat(str(n + 1), x=30 * n) for n in range(seats)]
    return {"row_number": label, "position": {"x": 0, "y": 0}, "seats": seats, **more}


def make_zone(name="Hall", rows=None, **more):
    """Return the JSON of a zone; without `rows` it has one of three seats."""
    rows = [make_row()] if rows is None else rows
    return {"name": name, "position": {"x": 0, "y": 0}, "rows": rows, **more}


def make_layout(*zones, categories=("Standard", "Couple"), **more):
    """Return the JSON of a plan. `categories`: their names."""
    return {
        "name": "Screen 2",
        "categories": [{"name": name, "color": "#4a7fb5"} for name in categories],
        "zones": list(zones) or [make_zone()],
        **more,
    }


class PlanAssertions:
    """Assertions for test cases."""

    def assert_refused(self, layout, *words):
        """Assert that the layout is no plan, and that the sentence contains all of the words."""
        with self.assertRaises(PlanError) as caught:
            read_plan(layout)
        for word in words:
            self.assertIn(word, caught.exception.args[0])
