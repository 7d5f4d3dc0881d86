"""What the README says is what happens."""

import json
import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import SimpleTestCase

from bookings.models import Booking
from core.http.schema import all_codes
from tests.walks import Walk

BASE_DIR = Path(__file__).resolve().parent.parent
README = (BASE_DIR / "README.md").read_text()


def block(name):
    """The commands below the remark of this name."""
    return README.split(f"<!-- {name}:")[1].split("```bash\n")[1].split("```")[0]


class ReadmeTests(SimpleTestCase):
    def test_the_table_of_errors_has_every_code_and_no_other(self):
        section = README.split("## Errors")[1].split("\n## ")[0]
        rows = [line.split("|")[2] for line in section.splitlines() if line.startswith("| ")][1:]
        codes = sorted(code for row in rows for code in re.findall(r"`([a-z_]+)`", row))
        self.assertEqual(codes, all_codes())

    def test_the_table_of_settings_has_every_variable(self):
        section = README.split("## Configuration")[1].split("\n## ")[0]
        example = (BASE_DIR / ".env.example").read_text()
        self.assertEqual(
            set(re.findall(r"`([A-Z_]{5,})`", section)),
            set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)),
        )

    def test_the_picture_is_what_the_command_draws(self):
        drawn = StringIO()
        call_command("draw_demo_hall", stdout=drawn)
        self.assertEqual((BASE_DIR / "docs" / "hall.svg").read_text(), drawn.getvalue())


class WalkTests(Walk):
    def test_the_walk_works_word_for_word(self):
        walk = re.sub(
            r"^curl .*?[^\\]$", r"\g<0>; echo", block("walk"), flags=re.MULTILINE | re.DOTALL
        )
        signed_up, movies, shows, bookings, cancelled = map(
            json.loads, self.run_in_bash(walk).splitlines()
        )
        self.assertEqual(signed_up["username"], "alice")
        self.assertEqual(len(movies["results"]), 3)
        self.assertTrue(shows["results"])
        self.assertEqual([b["status"] for b in bookings["results"]], ["booked"])
        self.assertEqual(cancelled["status"], "cancelled")
        booking = Booking.objects.get(pk=cancelled["id"])
        self.assertEqual(booking.order.customer.username, "alice")

    def test_the_retry_is_answered_alike(self):
        walk = f"{{ {block('walk')} }} > /dev/null"
        first, again = self.run_in_bash(f"{walk}\n{block('retries')}").split("HTTP/1.1 ")[1:]
        self.assertTrue(first.startswith("201"))
        self.assertEqual(again.split("\n\n")[1], first.split("\n\n")[1])
        self.assertIn("Idempotency-Replayed: true", again)
        alice = Booking.objects.filter(order__customer__username="alice")
        self.assertEqual(alice.active().count(), 1)

    def test_several_seats_are_held_and_confirmed(self):
        walk = f"{{ {block('walk')} }} > /dev/null"
        order = json.loads(self.run_in_bash(f"{walk}\n{block('hold')}"))
        self.assertEqual((order["status"], order["payment_reference"]), ("booked", "pi_3Q2x9K"))
        alice = Booking.objects.filter(order__customer__username="alice", status="booked")
        self.assertEqual(alice.count(), 2)
