"""How long seats are held. Pure: times in, times out.

A customer can hold a seat for HOLD_SECONDS, and for HOLD_MAX_SECONDS with extensions. Holding the
same seat again without confirming uses up the same time: within twice HOLD_MAX_SECONDS a customer
holds a seat for HOLD_MAX_SECONDS at most. So it is free for others at least half of the time. A
hold does not start with less than a tenth of HOLD_SECONDS: it would be too short to pay.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings


def longest_hold() -> timedelta:
    return timedelta(seconds=settings.HOLD_MAX_SECONDS)


def look_back() -> timedelta:
    """Return how far back earlier holds count."""
    return 2 * longest_hold()


def time_held(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> timedelta:
    """Return how long the (from, to) spans last together, within the time that counts."""
    earliest = now - look_back()
    return sum(
        (max(timedelta(0), min(to, now) - max(since, earliest)) for since, to in spans),
        timedelta(0),
    )


def used_up(time_used: Mapping[str, timedelta]) -> set[str]:
    """Return the seats without enough time left for a hold, of {seat number: time held}."""
    limit = longest_hold() - timedelta(seconds=settings.HOLD_SECONDS / 10)
    return {number for number, used in time_used.items() if used > limit}


def latest_end(
    now: datetime, time_used: Mapping[str, timedelta], seat_numbers: Iterable[str]
) -> datetime:
    """Return the latest end of a hold of these seats that begins now, with all extensions."""
    used = max(time_used.get(number, timedelta(0)) for number in seat_numbers)
    return now + longest_hold() - used


def end_of_hold(now: datetime, extendable_until: datetime) -> datetime:
    """Return when a hold ends that begins or is extended now."""
    return min(now + timedelta(seconds=settings.HOLD_SECONDS), extendable_until)
