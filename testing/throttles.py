"""The request limits of the API, changed for a test."""

from unittest import mock

from rest_framework.throttling import SimpleRateThrottle


def rates(**rates):
    """Set these rates for the named scopes and turn the throttles of all other scopes off."""
    off = dict.fromkeys(SimpleRateThrottle.THROTTLE_RATES)
    return mock.patch.object(SimpleRateThrottle, "THROTTLE_RATES", off | rates)
