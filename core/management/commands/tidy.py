from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from core.housekeeping import all_tasks


class Command(BaseCommand):
    help = (
        "Runs the housekeeping tasks of all apps, such as the deletion of expired rows, and prints "
        "what each has done. Safe at any time; meant for cron."
    )

    def handle(self, **options: Any) -> None:
        tasks, failed = all_tasks(), 0
        for label, task in tasks.items():
            try:
                count = task()
            # Only errors of the database, such as a lock timeout: the next task may succeed, and
            # the next run does the rest. A bug in the code stops the command with a traceback.
            except Error as error:
                failed += 1
                self.stderr.write(f"Failed: {label}: {' '.join(str(error).split())}")
                connection.close_if_unusable_or_obsolete()
            else:
                self.stdout.write(f"{count} {label}")
        if failed:
            raise CommandError(f"{failed} of {len(tasks)} parts failed; the others are done.")
