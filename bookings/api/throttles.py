"""The limit on the seats that one address takes, whatever accounts it uses."""

import logging

from django.conf import settings
from rest_framework.exceptions import Throttled

from core.http.addresses import counted_address
from core.http.throttles import Counts

logger = logging.getLogger(__name__)
counts = Counts(settings.HOLD_SECONDS)

# An address may take so many times ADDRESS_HELD_SEATS in a period, if it gives seats back. Without
# this bound, a program could take and release the seats of all shows without end.
TURNOVER = 5


def ensure_address_may_hold(request):
    """Raise Throttled if the address has ADDRESS_HELD_SEATS seats of this period.

    Seats that it gave back count only for TURNOVER. Counted in each process, so that a hold costs
    no query more.
    """
    most, address = settings.ADDRESS_HELD_SEATS, counted_address(request)
    if not (settings.THROTTLING and most):
        return
    held, taken = counts.add((address, "held"), 0), counts.add((address, "taken"), 0)
    if held >= most or taken >= most * TURNOVER:
        logger.warning(
            "The address %s has held %d seats and given %d back, and asked for more.",
            address,
            taken,
            max(0, taken - held),
        )
        raise Throttled(counts.seconds_left())


def count_held_seats(request, seats):
    """Count the seats of a hold or a booking that succeeded."""
    address = counted_address(request)
    counts.add((address, "held"), seats)
    counts.add((address, "taken"), seats)


def count_released_seats(request, seats):
    """Count seats less that are free again."""
    counts.add((counted_address(request), "held"), -seats)
