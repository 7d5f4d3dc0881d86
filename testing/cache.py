"""Turn the per-process cache on for a test: elsewhere in tests MEMORY_SECONDS is 0."""

from unittest import mock

from django.test import override_settings

from core import cache


class Clock:
    """Replaces the module `time` of core.cache; `now` is in seconds."""

    now = 1000.0

    def monotonic(self):
        return self.now


class CacheEnabled:
    """Mixin for test cases: an empty cache with a TTL of one second, and a clock to advance."""

    def setUp(self):
        super().setUp()
        cache.clear_all()
        self.addCleanup(cache.clear_all)
        self.clock = Clock()
        self.enterContext(mock.patch.object(cache, "time", self.clock))
        self.enterContext(override_settings(MEMORY_SECONDS=1))

    def wait_for_loads(self):
        """Make threads wait for the loading thread, however slow the machine is."""
        self.enterContext(mock.patch.object(cache, "LOAD_WAIT", 60))
