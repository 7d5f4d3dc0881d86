"""For tests of what is remembered: elsewhere MEMORY_SECONDS is 0."""

from unittest import mock

from django.test import override_settings

from core import cache as memory


class Clock:
    """Stands in for the module `time` of core.cache."""

    now = 1000.0

    def monotonic(self):
        return self.now


class RememberingTests:
    """Remembers for a second, nothing from other tests, and time passes when told to."""

    def setUp(self):
        super().setUp()
        memory.clear_all()
        self.addCleanup(memory.clear_all)
        self.clock = Clock()
        self.enterContext(mock.patch.object(memory, "time", self.clock))
        self.enterContext(override_settings(MEMORY_SECONDS=1))

    def be_patient(self):
        """However slow the machine is: who waits for an answer waits until it is there."""
        self.enterContext(mock.patch.object(memory, "LOAD_WAIT", 60))
