"""CONTRIBUTING: the code that it shows is in the project."""

import re
from pathlib import Path

from django.test import SimpleTestCase

BASE_DIR = Path(__file__).resolve().parent.parent
PAGE = (BASE_DIR / "CONTRIBUTING.md").read_text()
GAP = "...\n"  # in a block: lines are left out


class ContributingTests(SimpleTestCase):
    def test_each_block_of_code_is_in_the_file_that_it_is_from(self):
        blocks = re.findall(
            r"^( *)<!-- from (\S+) -->\n *```python\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL
        )
        self.assertGreaterEqual(len(blocks), 6)
        for margin, path, block in blocks:
            source = (BASE_DIR / path).read_text()
            for part in re.sub(f"^{margin}", "", block, flags=re.MULTILINE).split(GAP):
                with self.subTest(file=path):
                    self.assertIn(part, source)
