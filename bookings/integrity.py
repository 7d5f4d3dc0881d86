"""Check all orders and bookings, and what apps above register: `manage.py verify_integrity`.

Each check is a query that groups and compares in the database. Python reads only the rows that are
wrong, one at a time.
"""

from itertools import islice
from typing import NamedTuple

from bookings.integrity_checks import CHECKS, CONSTRAINT, Check
from bookings.models import Booking, Order
from core.db.transactions import read_snapshot

__all__ = ["CHECKS", "CONSTRAINT", "MAX_LISTED", "Check", "Report", "register", "verify"]

MAX_LISTED = 100  # findings of each check; of the others only the number is reported


_registered: list[Check] = []


def register(*checks: Check) -> None:
    """Add checks of an app above this one."""
    _registered.extend(checks)


class Report(NamedTuple):
    """`lines` has one sentence per listed finding, `findings` counts those without a line too."""

    lines: list[str]
    findings: int
    orders: int
    bookings: int


def verify() -> Report:
    """Run all checks on one snapshot. Sales go on meanwhile."""
    lines: list[str] = []
    findings = 0
    with read_snapshot():
        for check in [*CHECKS, *_registered]:
            rows = iter(check.rows())
            listed = [check.sentence(row) for row in islice(rows, MAX_LISTED)]
            more = sum(1 for _ in rows)
            lines += listed
            if more:
                lines.append(f"And {more} more {check.label}.")
            findings += len(listed) + more
        return Report(lines, findings, Order.objects.count(), Booking.objects.count())
