"""How long seats are held: pure rules on times.

A customer can hold a seat for HOLD_SECONDS, and for HOLD_MAX_SECONDS with extensions. Whoever
holds the same seat again and again without confirming uses up the same time: within twice
HOLD_MAX_SECONDS a seat is held for one customer for HOLD_MAX_SECONDS at most. So for half of the
time at least it is free for the others. A hold that would be of no use, for less than a tenth of
HOLD_SECONDS, is not begun.
"""

from datetime import timedelta

from django.conf import settings


def longest_hold():
    return timedelta(seconds=settings.HOLD_MAX_SECONDS)


def look_back():
    """How far back earlier holds count."""
    return 2 * longest_hold()


def time_held(spans, now):
    """How long the (from, to) spans last together, within the time that counts."""
    earliest = now - look_back()
    return sum(
        (max(timedelta(0), min(to, now) - max(since, earliest)) for since, to in spans),
        timedelta(0),
    )


def used_up(time_used):
    """The seats for which there is no time left worth a hold, of {seat number: how long}."""
    most = longest_hold() - timedelta(seconds=settings.HOLD_SECONDS / 10)
    return {number for number, used in time_used.items() if used > most}


def latest_end(now, time_used, seat_numbers):
    """To when a hold of these seats, begun now, can be extended at most."""
    used = max(time_used.get(number, timedelta(0)) for number in seat_numbers)
    return now + longest_hold() - used


def end_of_hold(now, extendable_until):
    """When a hold, begun or extended now, ends."""
    return min(now + timedelta(seconds=settings.HOLD_SECONDS), extendable_until)
