import threading
from unittest import mock

from django.test import SimpleTestCase

from core import pauses
from core.pauses import Pauses


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


class PauseTests(SimpleTestCase):
    def setUp(self):
        self.clock = Clock()
        self.enterContext(mock.patch.object(pauses, "time", self.clock))
        self.work = Pauses()

    def may_work(self, seconds=0.0):
        with self.work.turn() as may_work:
            self.clock.now += seconds
        return may_work

    def test_after_the_work_there_is_a_pause_of_its_length(self):
        self.assertTrue(self.may_work(seconds=2))
        self.clock.now += 1.9
        self.assertFalse(self.may_work())
        self.clock.now += 0.1
        self.assertTrue(self.may_work())

    def test_a_second_thread_does_not_wait(self):
        found = []
        with self.work.turn():
            other = threading.Thread(target=lambda: found.append(self.may_work()))
            other.start()
            other.join(5)
        self.assertEqual(found, [False])

    def test_the_turn_ends_after_an_error(self):
        with self.assertRaises(ZeroDivisionError), self.work.turn():
            raise ZeroDivisionError
        self.assertTrue(self.may_work())
