"""docs/seating-plans.md agrees with the code."""

import json
import re
from pathlib import Path
from unittest import TestCase

from movies.seating.json_format import read_plan
from movies.seating.plan import PlanError
from movies.seating.text_format import DEFAULT_LEGEND, parse_text
from movies.seating.text_writer import to_text
from testing.halls import make_layout, make_row, make_seat, make_zone

DOCUMENT = (Path(__file__).parents[2] / "docs" / "seating-plans.md").read_text(encoding="utf-8")


# A text for every message in the table, in its order. Mistakes in a line are in line 4.
WRONG_TEXTS = [
    "A s\nB s\n\nssss_ssss",
    "A s\nB s\n\nssss",
    "A s\nB s\n\nC ss ss",
    "A s\nB s\n\nC x",
    "A s\nB s\n\nC 5 s",
    "A s\nB s\n\nC 5>",
    "B s\nA s\n\nA s",
    "A s\nB s\n\nnumbers: up",
    "A s\nB s\n\n[Balcony",
    "A s\nB s\n\n[Balcony]",
    "# Hall\n[Balcony]\nA s\n[Balcony]",
    "A s\nB s\n\n[" + "x" * 101 + "]",
    "A s\nB s\n\nvip = VIP",
    "A s\nB s\n\nv =",
    "v = VIP\nA s\nB s\nv = Sofa",
    "v = VIP\nA s\nB s\nw = VIP",
    "A s\nB s\n\nv = VIP #12",
    "A s\nB s\n\nC s\u202es",
    "A s\nB s\n\nC " + "s" * 500,
    "#" * 20_001,
    "# nothing",
]


class DocumentTests(TestCase):
    def test_every_example_is_a_plan(self):
        texts = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
        self.assertGreater(len(texts), 9)
        for text in texts:
            with self.subTest(text=text):
                layout = parse_text(text, "Screen 2")
                self.assertEqual(parse_text(to_text(read_plan(layout)), "Screen 2"), layout)
        (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
        self.assertEqual(
            [seat.number for seat in read_plan(json.loads(example)).seats], ["A1", "A2"]
        )

    def test_the_table_has_every_default_letter(self):
        table = re.findall(r"\| `([a-z])` \| (.*) \| `(#.*)` \|", DOCUMENT)
        listed = {letter: (name, color) for letter, name, color in table}
        self.assertEqual(listed, DEFAULT_LEGEND)

    def test_the_sentence_about_seat_numbers_that_collide_is_the_real_one(self):
        with self.assertRaises(PlanError) as caught:
            read_plan(make_layout(make_zone("Balcony", [make_row("C", 1), make_row("C", 1)])))
        self.assertIn(caught.exception.args[0], DOCUMENT)

    def test_the_table_of_messages_has_the_real_ones(self):
        table = DOCUMENT.split("## When a text is rejected")[1].split("## JSON")[0]
        messages = []
        for text in WRONG_TEXTS:
            with self.assertRaises(PlanError) as caught:
                parse_text(text, "Screen 2")
            messages.append(caught.exception.args[0])
        self.assertEqual(re.findall(r"^\| `(.*)` \| .*[a-z]", table, re.MULTILINE), messages)

    def test_the_message_about_a_category_is_the_real_one(self):
        seat = make_seat("4", category="Sofa")
        with self.assertRaises(PlanError) as caught:
            read_plan(make_layout(make_zone("Balcony", [make_row("C", [seat])])))
        self.assertIn(caught.exception.args[0], DOCUMENT)
