"""The limit on the seats that one address takes, whatever accounts it uses."""

import logging

from django.conf import settings
from rest_framework.exceptions import Throttled

from core.http.addresses import counted_address
from core.http.throttles import Counts

logger = logging.getLogger(__name__)
counts = Counts(settings.HOLD_SECONDS)


def ensure_address_may_hold(request):
    """Raise Throttled if the address has held ADDRESS_HELD_SEATS seats in this period.

    Counted in each process, so that a hold costs no query more.
    """
    most, address = settings.ADDRESS_HELD_SEATS, counted_address(request)
    if settings.THROTTLING and most and counts.add(address, 0) >= most:
        logger.warning("The address %s has held %d seats, and asked for more.", address, most)
        raise Throttled(counts.seconds_left())


def count_held_seats(request, seats):
    """Count the seats of a hold that succeeded."""
    counts.add(counted_address(request), seats)
