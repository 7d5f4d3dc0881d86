from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.db.backups import BackupError, back_up, suffix


class Command(BaseCommand):
    help = (
        "Writes a backup of the database into a file, which only this user can read, and prints "
        "its path. Safe at any time: it reads one snapshot and blocks no sale."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="default: backups/TIME")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        if file is None:
            folder = settings.BASE_DIR / "backups"
            folder.mkdir(mode=0o700, exist_ok=True)
            file = folder / f"{timezone.now():%Y%m%dT%H%M%SZ}{suffix()}"
        try:
            back_up(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(file))
