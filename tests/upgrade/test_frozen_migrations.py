"""Migrations of a release are never edited: databases have applied them as they are.

`migrations.sha256` holds their hashes. At a release, when this test passes, freeze the new ones:

    sha256sum */migrations/0*.py > tests/upgrade/migrations.sha256
"""

import hashlib
from pathlib import Path
from unittest import TestCase

FOLDER = Path(__file__).resolve().parent
BASE_DIR = FOLDER.parent.parent


class FrozenMigrationTests(TestCase):
    def test_released_migrations_are_as_they_were_released(self):
        lines = (FOLDER / "migrations.sha256").read_text().splitlines()
        self.assertGreaterEqual(len(lines), 4)
        for line in lines:
            released, path = line.split()
            with self.subTest(migration=path):
                found = hashlib.sha256((BASE_DIR / path).read_bytes()).hexdigest()
                self.assertEqual(
                    found, released, "Databases have applied this one. Write a new migration."
                )
