"""README and docs: their commands run, their tables are complete, their links lead somewhere."""

import json
import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import SimpleTestCase
from drf_spectacular.generators import SchemaGenerator

from bookings.models import Booking
from core.errors import all_errors
from core.http.openapi.errors import all_codes
from testing.builders.bookings import booking_of
from tests.walks import Walk

BASE_DIR = Path(__file__).resolve().parent.parent
README = BASE_DIR / "README.md"
DOCS = BASE_DIR / "docs"
PAGES = [*sorted(BASE_DIR.glob("*.md")), *sorted(DOCS.glob("*.md"))]
LONGEST_LINE = 110  # of prose; tables, code and links to pictures may be longer

# Folders of code: a path in backticks that begins with one of them has to exist.
FOLDERS = {path.parent.name for path in BASE_DIR.glob("*/__init__.py")}
GENERATED = {"benchmarks/results/"}


def text_of(page):
    return (DOCS / page).read_text()


def block(page, name):
    """Return the commands below the remark of this name."""
    return page.read_text().split(f"<!-- {name}:")[1].split("```bash\n")[1].split("```")[0]


def without_code(text):
    """Return the text without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def rows_of(text):
    """Return the rows of all tables as lists of cells, without headings."""
    rows = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = table.splitlines()[2:]
        rows += [re.split(r" *\| *", line.strip("| ")) for line in lines]
    return rows


def words_in_code(text):
    return re.findall(r"`([^`]+)`", text)


def anchors_of(page):
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def operations():
    """Return (method, path below /api/) of every operation of the OpenAPI document."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (method.upper(), path.removeprefix("/api/"))
        for path, methods in paths.items()
        for method in methods
    }


class TableTests(SimpleTestCase):
    def test_the_table_of_errors_has_every_code_with_its_status_and_no_other(self):
        table = {
            code: int(row[0])
            for row in rows_of(text_of("errors.md").split("## All codes")[1])
            for code in words_in_code(row[1])
        }
        self.assertEqual(sorted(table), all_codes())
        for error in all_errors():
            with self.subTest(code=error.code, error=error.__name__):
                self.assertEqual(table[error.code], error.status)

    def test_the_table_of_settings_has_every_variable_with_its_default(self):
        rows = rows_of(text_of("configuration.md"))
        documented = [name for row in rows for name in words_in_code(row[0])]
        example = (BASE_DIR / ".env.example").read_text()
        defaults = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
        self.assertEqual(sorted(documented), sorted(defaults))
        for name, default, _ in rows:
            with self.subTest(variable=name):
                if value := defaults[name.strip("`")]:
                    self.assertTrue(default.startswith(f"`{value}`"), default)

    def test_the_tables_of_the_api_have_every_operation_and_no_other(self):
        documented = {
            (method, path)
            for call, *_ in rows_of(text_of("api.md"))
            for method in re.findall(r"`([A-Z]+)`", call)
            for path in re.findall(r"`([a-z][^`]*)`", call)
        }
        self.assertEqual(documented, operations())

    def test_the_json_names_of_the_glossary_are_names_of_the_api(self):
        document = json.dumps(SchemaGenerator().get_schema(request=None, public=True))
        for _, names, _ in rows_of(text_of("glossary.md")):
            for name in words_in_code(names):
                with self.subTest(name=name):
                    self.assertIn(f'"{name}"', document)


class PageTests(SimpleTestCase):
    def test_links_lead_to_files_and_headings_that_exist(self):
        for page in PAGES:
            for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
                if link.startswith(("https://", "http://")):
                    continue
                file, _, anchor = link.partition("#")
                target = (page.parent / file).resolve() if file else page
                with self.subTest(page=page.name, link=link):
                    self.assertTrue((target).exists())
                    if anchor:
                        self.assertIn(anchor, anchors_of(target))

    def test_every_page_can_be_reached_from_the_readme(self):
        links = re.findall(r"\]\((docs/[a-z-]+\.md)\)", README.read_text())
        self.assertEqual({BASE_DIR / link for link in links}, set(DOCS.glob("*.md")))

    def test_files_named_in_the_pages_exist(self):
        for page in PAGES:
            for word in words_in_code(without_code(page.read_text())):
                if word.split("/")[0] in FOLDERS and re.fullmatch(r"[\w/]+/[\w.]*", word):
                    with self.subTest(page=page.name, file=word):
                        self.assertTrue(word in GENERATED or (BASE_DIR / word).exists())

    def test_make_targets_named_in_the_pages_exist(self):
        targets = set(re.findall(r"^([a-z-]+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
        for page in PAGES:
            for target in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE):
                with self.subTest(page=page.name, target=target):
                    self.assertIn(target, targets)

    def test_lines_of_prose_are_short(self):
        for page in PAGES:
            for line in without_code(page.read_text()).splitlines():
                if not line.startswith(("|", "    ", "![")):
                    with self.subTest(page=page.name, line=line[:40]):
                        self.assertLessEqual(len(line), LONGEST_LINE)

    def test_the_picture_of_the_hall_is_what_the_command_draws(self):
        drawn = StringIO()
        call_command("draw_demo_hall", stdout=drawn)
        self.assertEqual((DOCS / "hall.svg").read_text(), drawn.getvalue())

    def test_the_commands_without_make_are_those_of_make_run(self):
        recipe = (BASE_DIR / "Makefile").read_text().split("\nrun: .venv/run ")[1].split("\n\n")[0]
        in_make = re.findall(r"\$\(MANAGE\) ([a-z_]+)", recipe)
        plain = README.read_text().split("without make:")[1].split("```bash\n")[1].split("```")[0]
        self.assertEqual(re.findall(r"manage\.py ([a-z_]+)", plain), in_make)
        self.assertIn("pip install -r requirements.txt", plain)


class WalkTests(Walk):
    def test_the_walk_works_word_for_word(self):
        walk = re.sub(
            r"^curl .*?[^\\]$",
            r"\g<0>; echo",
            block(README, "walk"),
            flags=re.MULTILINE | re.DOTALL,
        )
        signed_up, movies, shows, bookings, cancelled = map(
            json.loads, self.run_in_bash(walk).splitlines()
        )
        self.assertEqual(signed_up["username"], "alice")
        self.assertEqual(len(movies["results"]), 3)
        self.assertTrue(shows["results"])
        self.assertEqual([b["status"] for b in bookings["results"]], ["booked"])
        self.assertEqual(cancelled["status"], "cancelled")
        booking = booking_of(cancelled)
        self.assertEqual(booking.order.customer.username, "alice")

    def test_a_retry_gets_the_first_response_again(self):
        first, again = self.run_after_the_walk(block(DOCS / "concurrency.md", "retries")).split(
            "HTTP/1.1 "
        )[1:]
        self.assertTrue(first.startswith("201"))
        self.assertEqual(again.split("\n\n")[1], first.split("\n\n")[1])
        self.assertIn("Idempotency-Replayed: true", again)
        alice = Booking.objects.filter(order__customer__username="alice")
        self.assertEqual(alice.active().count(), 1)

    def test_several_seats_are_held_and_confirmed(self):
        order = json.loads(self.run_after_the_walk(block(README, "hold")))
        self.assertEqual((order["status"], order["payment_reference"]), ("booked", "pi_3Q2x9K"))
        alice = Booking.objects.filter(order__customer__username="alice", status="booked")
        self.assertEqual(alice.count(), 2)

    def run_after_the_walk(self, script):
        """Run the walk of the README in silence, then the script; return its output."""
        return self.run_in_bash(f"{{ {block(README, 'walk')} }} > /dev/null\n{script}")
