from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings.integrity import verify


class Command(BaseCommand):
    help = (
        "Checks all data: no seat is sold twice, and orders and bookings agree. Lists what is "
        "wrong and exits with 1. Changes nothing and does not block sales."
    )

    def handle(self, **options: Any) -> None:
        started_at = monotonic()
        report = verify()
        for line in report.lines:
            self.stdout.write(line)
        seconds = monotonic() - started_at
        checked = f"{report.orders} orders, {report.bookings} bookings, {seconds:.1f} seconds"
        if report.findings:
            raise CommandError(f"{report.findings} findings in {checked}.")
        self.stdout.write(f"All is well: {checked}.")
