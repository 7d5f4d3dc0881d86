"""`movies.seating` is a pure library."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "movies" / "seating"

# Imports the modules given, and prints which modules that loads beside those of Python itself.
LOADED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
loaded = {name for name in sys.modules if name.split(".")[0] not in sys.stdlib_module_names}
print(*sorted(loaded), sep="\\n")
"""


class LibraryTests(TestCase):
    def test_the_library_loads_neither_django_nor_other_parts_of_the_project(self):
        files = [path.relative_to(ROOT) for path in LIBRARY.rglob("*.py")]
        modules = [".".join(file.with_suffix("").parts) for file in files]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        result = subprocess.run(
            [sys.executable, "-S", "-c", LOADED, *modules],
            env=environment, capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(result.returncode, 0, result.stderr)
        others = {
            name
            for name in result.stdout.split()
            if not name.startswith(("movies.seating", "__main__"))
        }
        self.assertEqual(others, {"core", "core.names", "movies"})

    def test_its_docstring_lists_every_module(self):
        words = (LIBRARY / "__init__.py").read_text(encoding="utf-8").split()
        for path in LIBRARY.iterdir():
            if not path.name.startswith("__"):
                with self.subTest(path.stem):
                    self.assertIn(path.stem, words)
