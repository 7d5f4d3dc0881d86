"""docs/tickets.md: its commands run after those of the README, and its lengths are right."""

import json
import re
import tempfile
from pathlib import Path

from tests.test_readme import DOCS, README, block
from tests.walks import Walk
from tickets.codes import GENERATION, KEY_ID, LENGTH, NUMBER, PREFIX, SIGNATURE

PAGE = DOCS / "tickets.md"
END = "--- end of the block ---"


class TicketsPageTests(Walk):
    def test_every_block_runs_and_answers_as_the_page_says(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        before = f"{{ {block(README, 'walk')}\n{block(README, 'hold')} }} > /dev/null"
        blocks = [block(PAGE, name) for name in ("tickets", "files", "renew")]
        script = "".join(f"{each}\necho; echo '{END}'\n" for each in blocks)
        out = self.run_in_bash(f"cd {folder}\n{before}\n{script}")
        tickets, _, renewed = out.split(f"{END}\n")[:3]
        first, again = json.loads(tickets), json.loads(renewed)
        self.assertTrue((folder / "tickets.pdf").read_bytes().startswith(b"%PDF"))
        self.assertIn("<svg", (folder / "ticket.svg").read_text())
        shown = json.loads(re.search(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])
        self.assertEqual(list(shown), list(first))
        self.assertEqual(list(shown["tickets"][0]), list(first["tickets"][0]))
        codes = [{each["code"] for each in answer["tickets"]} for answer in (first, again)]
        self.assertEqual([len(each) for each in codes], [2, 2])
        self.assertFalse(codes[0] & codes[1])

    def test_the_table_has_the_lengths_of_the_code(self):
        section = PAGE.read_text().split("## The code")[1].split("## ")[0]
        lengths = list(map(int, re.findall(r"^\| (\d+) \|", section, re.MULTILINE)))
        self.assertEqual(lengths, [1, KEY_ID, NUMBER, NUMBER, GENERATION, SIGNATURE])
        self.assertIn(f"{LENGTH - len(PREFIX)} characters", section)
        self.assertIn(f"are {sum(lengths)} bytes", section)
