"""docs/selling-a-seat.md: its commands run, and their responses are the ones on the page."""

import json
import re
from pathlib import Path

from django.test import SimpleTestCase
from drf_spectacular.generators import SchemaGenerator

from bookings.models import CODE_LENGTH, CODE_LETTERS, Booking
from tests.walks import Walk

BASE_DIR = Path(__file__).resolve().parent.parent
PAGE = (BASE_DIR / "docs" / "selling-a-seat.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
END = "--- end of the block ---"

CALLS = [  # the endpoints of the page, for its table of codes
    "shows/{id}/book",
    "shows/{id}/hold",
    "shows/{id}/quote",
    "orders/{code}/confirm",
    "orders/{code}/extend",
    "orders/{code}/cancel",
    "orders/{code}/cancel/preview",
    "orders/{code}/move",
]

# Values that differ from run to run, and the words that replace them.
CHANGING = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d", "time"),
    (r"Moved to .*, Astoria, Screen 1, \d{4}-\d\d-\d\d \d\d:\d\d", "Moved"),
    (rf"\b[{CODE_LETTERS}]{{{CODE_LENGTH}}}\b", "order"),
    (r"\b[0-9a-f]{32}\b", "request"),
    (r"\b[A-N]\d+\b", "seat"),
    (r"\b(?!0\.00)\d+\.\d\d\b", "amount"),
]
STABLE_NUMBERS = ["status", "percent", "percent_then"]


def answers_in(text):
    """Return the JSON values in the text, one after the other."""
    found, text = [], text.strip()
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found


def likeness(value, name=""):
    """Return the value with all that differs from run to run replaced.

    Lists of plain values may have any length.
    """
    if isinstance(value, dict):
        return [(key, likeness(inner, key)) for key, inner in value.items()]
    if isinstance(value, list):
        found = [likeness(inner) for inner in value]
        return found if value and isinstance(value[0], dict) else "list"
    if isinstance(value, str) and name != "movie_title":
        for pattern, word in CHANGING:
            value = re.sub(pattern, word, value)
        return value
    return value if value is None or name in STABLE_NUMBERS else type(value)


class SellingPageTests(SimpleTestCase):
    def test_the_table_has_the_codes_of_every_call_of_the_page_and_no_other(self):
        section = PAGE.split("## Error codes")[1]
        in_table = []
        for row in re.findall(r"^\| (`.*?) \| ([\d, ]+) \|", section, re.MULTILINE):
            codes, statuses = re.findall(r"`([a-z_]+)`", row[0]), row[1].split(", ")
            statuses *= len(codes) // len(statuses)  # one for all, or one each
            in_table += zip(statuses, codes, strict=True)
        paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
        listed = {
            (status, code)
            for path in CALLS
            for operation in paths[f"/api/{path}/"].values()
            for status, response in operation["responses"].items()
            if status != "default"
            for code in response.get("content", {})
            .get("application/problem+json", {})
            .get("examples", {})
        }
        self.assertEqual(sorted(in_table), sorted(listed))

    def test_the_limits_are_the_defaults_of_the_settings(self):
        section = PAGE.split("## Log in")[0]
        named = re.findall(r"\| (\d+)[a-z ]* \| `([A-Z_]+)=(\d+)` \|", section)
        self.assertEqual(len(named), 4)
        example = (BASE_DIR / ".env.example").read_text()
        for shown, name, value in named:
            unit = 60 if name.endswith("_SECONDS") else 1
            with self.subTest(setting=name):
                self.assertIn(f"\n{name}={value}\n", example)
                self.assertEqual(int(shown) * unit, int(value))


class SellingWalkTests(Walk):
    def test_every_block_is_answered_as_shown(self):
        script = "".join(f"{text}\necho; echo '{END}'\n" for kind, text in BLOCKS if kind == "bash")
        outputs = iter(self.run_in_bash(script).split(f"{END}\n"))
        output = ""
        for nth, (kind, text) in enumerate(BLOCKS):
            with self.subTest(block=nth):
                if kind == "bash":
                    output = next(outputs)
                elif kind == "json":
                    shown = answers_in(text)
                    self.assertTrue(shown)
                    self.assertEqual(likeness(answers_in(output)), likeness(shown))
                elif (
                    kind == "text" and output
                ):  # a text block; the picture before the first command has no output
                    self.assertEqual(output.strip(), text.strip())
        bookings = Booking.objects.filter(payment_reference__startswith="pi_")
        self.assertEqual(set(bookings.values_list("status", flat=True)), {"cancelled"})
        self.assertEqual(bookings.count(), 4)
        self.assertFalse(Booking.objects.filter(status="held").exists())
