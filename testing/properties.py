"""Hypothesis for property-based tests. Without it, test modules that import this are skipped.

So `manage.py test` also works with requirements.txt alone.
"""

from unittest import SkipTest

try:
    from hypothesis import HealthCheck, assume, given, settings
    from hypothesis import strategies as st
except ImportError:
    raise SkipTest("needs hypothesis: pip install -r requirements-dev.txt") from None

__all__ = ["HealthCheck", "assume", "given", "settings", "st"]

# A slow machine must not fail a test.
settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")
