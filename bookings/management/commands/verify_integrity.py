from time import monotonic

from django.core.management.base import BaseCommand, CommandError

from bookings.integrity import verify


class Command(BaseCommand):
    help = (
        "Proves from the data that no seat is sold twice and that orders and bookings agree; lists "
        "what is wrong and exits with 1. Changes nothing and keeps no sale waiting."
    )

    def handle(self, **options):
        began = monotonic()
        report = verify()
        for line in report.lines:
            self.stdout.write(line)
        read = (
            f"{report.orders} orders, {report.bookings} bookings, {monotonic() - began:.1f} seconds"
        )
        if report.findings:
            raise CommandError(f"{report.findings} findings in {read}.")
        self.stdout.write(f"All is well: {read}.")
