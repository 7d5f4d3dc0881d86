"""Test databases that can be cloned for `manage.py test --parallel`."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import creation


class DatabaseCreation(creation.DatabaseCreation):
    """Django copies and removes the database file, but not its write-ahead log."""

    def _clone_test_db(self, suffix: str, verbosity: int, keepdb: bool = False) -> None:
        """Move the log into the database file, then copy the file."""
        with self.connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _remove_log(self.get_test_db_clone_settings(suffix)["NAME"])
        super()._clone_test_db(suffix, verbosity, keepdb)  # type: ignore[misc]  # not in the stubs

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc]
        _remove_log(test_database_name)


def _remove_log(database_name: Any) -> None:
    """Remove the files that a killed process left beside the database."""
    for ending in ("-wal", "-shm"):
        with suppress(OSError):
            Path(f"{database_name}{ending}").unlink()
