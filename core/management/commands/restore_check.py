from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.timesince import timesince

from core.db.backups import BackupError, restored, suffix
from core.http.health import read_schema_misfit


class Command(BaseCommand):
    help = (
        "Restores a backup into a fresh database, runs verify_integrity there, and deletes it. "
        "Exits with 1 when the backup cannot be restored or its data are wrong. Does not touch "
        "the database of the service."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="default: the latest in backups/")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        try:
            file = file or _latest()
            with restored(file):
                if misfit := read_schema_misfit():
                    raise CommandError(f"{file} is not of this version. {misfit}")
                self.stdout.write(f"Restored {file}, {_age(file)} old: {_rows()}.")
                call_command("verify_integrity", stdout=self.stdout)
        except BackupError as error:
            raise CommandError(str(error)) from error


def _latest() -> Path:
    found = sorted((settings.BASE_DIR / "backups").glob(f"[0-9]*Z{suffix()}"))
    if not found:
        raise CommandError("There is no backup in backups/: name a file, or make one by `backup`.")
    return found[-1]


def _age(file: Path) -> str:
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return timesince(min(written, timezone.now())).replace("\xa0", " ")


def _rows() -> str:
    """Return how much was restored: an empty backup can have no fault."""
    tables = connection.introspection.table_names()
    rows = 0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows += cursor.fetchone()[0]
    return f"{rows:,} rows in {len(tables)} tables"
