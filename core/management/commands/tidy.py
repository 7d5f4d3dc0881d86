from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from bookings.housekeeping import PARTS


class Command(BaseCommand):
    help = (
        "Ends holds that are over, finishes the cancelling of shows, and deletes old idempotency "
        "records, tokens, sessions and failed log-ins. Safe at any time; meant for cron."
    )

    def handle(self, **options):
        failed = 0
        for what, part in PARTS.items():
            try:
                count = part()
            # Only what the database does, such as a lock that cannot be had: the next part may
            # fare better, and the next run does the rest. A mistake in the code stops loudly.
            except Error as error:
                failed += 1
                self.stderr.write(f"Failed: {what}: {' '.join(str(error).split())}")
                connection.close_if_unusable_or_obsolete()
            else:
                self.stdout.write(f"{count} {what}")
        if failed:
            raise CommandError(f"{failed} of {len(PARTS)} parts failed; the others are done.")
