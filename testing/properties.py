"""What property-based tests need. Modules that import it are skipped without hypothesis.

So `manage.py test` works with requirements.txt alone, too.
"""

from unittest import SkipTest

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:
    raise SkipTest("needs hypothesis: pip install -r requirements-dev.txt") from None

__all__ = ["given", "settings", "st"]

# They judge what is computed, not how busy the machine is.
settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")
