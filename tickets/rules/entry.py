"""Who may enter: the reasons to refuse a ticket, in the order in which the door tells them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings.models import Booking
from movies.models import Show
from tickets.models import Admission

Reason = Admission.Reason


@dataclass(frozen=True)
class Scan:
    """What the door knows when it decides. `booking` is as it is under the lock of its show.

    `generation` is that of the code, `present` that of the ticket now. `expected` is the show that
    the device lets people into, if it says one. `opens` is how long before its start that begins.
    """

    booking: Booking
    show: Show
    generation: int
    present: int
    is_blocked: bool
    was_moved: bool
    expected: int | None
    at: datetime
    opens: timedelta


def reason_to_refuse(scan: Scan) -> str:
    """Return the first reason why the ticket is not valid here and now; empty for a valid one.

    A ticket that was used before is valid too: the caller checks for that afterwards.
    """
    if scan.was_moved:
        return Reason.MOVED
    if scan.show.is_cancelled or scan.booking.status != Booking.Status.BOOKED:
        return Reason.CANCELLED
    if scan.generation < scan.present:
        return Reason.REVOKED
    if scan.is_blocked:
        return Reason.BLOCKED
    if scan.expected not in (None, scan.show.pk):
        return Reason.WRONG_SHOW
    if scan.at < scan.show.starts_at - scan.opens:
        return Reason.TOO_EARLY
    if scan.at >= scan.show.ends_at:
        return Reason.TOO_LATE
    return ""
