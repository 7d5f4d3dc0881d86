"""The request limits of the API, turned for a test."""

from unittest import mock

from rest_framework.throttling import SimpleRateThrottle


def rates(**rates):
    """These rates for the scopes that are named, and no limit for the others."""
    off = dict.fromkeys(SimpleRateThrottle.THROTTLE_RATES)
    return mock.patch.object(SimpleRateThrottle, "THROTTLE_RATES", off | rates)
