"""The table of results and its picture."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from unittest.mock import patch
from xml.etree import ElementTree

from benchmarks.report import Goal, Row, markdown, picture, write

FAST = Row("book", "90/s", "floor: 100/s", 0.9, Goal.at_least(0.8), "postgres")
SLOW = Row("CPU < 2 & more", "4 s", "floor: 2 s", 2.0, Goal.at_most(1.25), "sqlite")
PLAIN = Row("pgbench", "2,000/s", database="postgres")
ROWS = [FAST, SLOW, PLAIN]


class ReportTests(TestCase):
    def test_table_says_which_goals_are_met(self):
        self.assertEqual(
            markdown(ROWS).splitlines()[2:],
            [
                "| book | postgres | 90/s | floor: 100/s | 0.90 | ≥ 0.8 | yes |",
                "| CPU < 2 & more | sqlite | 4 s | floor: 2 s | 2.00 | ≤ 1.25 | **no** |",
                "| pgbench | postgres | 2,000/s |  |  |  |  |",
            ],
        )

    def test_goal_is_met_at_its_bound(self):
        for goal in (Goal.at_least(0.8), Goal.at_most(0.8)):
            self.assertTrue(Row("x", "", value=0.8, goal=goal).is_met)

    def test_picture_is_xml_with_a_bar_for_each_goal(self):
        root = ElementTree.fromstring(picture(ROWS))  # noqa: S314 - our own

        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("CPU < 2 & more, sqlite", texts)
        self.assertNotIn("pgbench, postgres", texts)

    def test_all_three_files_are_written(self):
        with TemporaryDirectory() as name, patch("sys.stdout"):
            write(ROWS, Path(name))

            self.assertIn(markdown(ROWS), (Path(name) / "results.md").read_text())
            self.assertEqual((Path(name) / "results.svg").read_text(), picture(ROWS))
            self.assertEqual(len(json.loads((Path(name) / "results.json").read_text())), 3)
