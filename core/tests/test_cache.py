"""What a process remembers for a moment."""

import threading
from unittest import mock

from django.test import SimpleTestCase, override_settings

from accounts.tests.races import at_once
from core.cache import cached
from testing.cache import RememberingTests


class MemoryTests(RememberingTests, SimpleTestCase):
    def setUp(self):
        super().setUp()
        self.asked = []
        self.double = cached(max_entries=3)(self._double)

    def _double(self, number):
        self.asked.append(number)
        return 2 * number

    def test_it_is_asked_once_a_second(self):
        for moment in (0, 0.5, 0.99):
            with self.subTest(moment=moment):
                self.clock.now = 1000 + moment
                self.assertEqual(self.double(4), 8)
                self.assertEqual(self.asked, [4])
        self.clock.now = 1001

        self.double(4)

        self.assertEqual(self.asked, [4, 4])

    def test_each_question_has_its_own_answer(self):
        self.assertEqual([self.double(n) for n in (1, 2, 1)], [2, 4, 2])
        self.assertEqual(self.asked, [1, 2])

    def test_what_is_given_by_name_is_not_part_of_the_question(self):
        ask = cached(max_entries=3)(lambda number, *, work_out: work_out(number))

        self.assertEqual(ask(4, work_out=self._double), 8)
        self.assertEqual(ask(4, work_out=None), 8)

    def test_an_answer_counts_from_before_it_was_worked_out(self):
        def slow(number):
            self.asked.append(number)
            self.clock.now += 0.7

        slow = cached(max_entries=3)(slow)
        slow(1)
        self.clock.now += 0.3
        slow(1)

        self.assertEqual(self.asked, [1, 1])

    def test_nothing_at_all_is_an_answer_too(self):
        ask = cached(max_entries=3)(mock.Mock(return_value=None, __name__="ask"))
        self.assertIsNone(ask(1))
        self.assertIsNone(ask(1))
        self.assertEqual(ask.__wrapped__.call_count, 1)

    def test_what_is_raised_is_not_kept(self):
        ask = cached(max_entries=3)(mock.Mock(side_effect=[ValueError, 5], __name__="ask"))
        with self.assertRaises(ValueError):
            ask(1)
        self.assertIsNone(ask.peek(1))
        self.assertEqual(ask(1), 5)

    def test_what_is_in_memory_can_be_had_without_asking(self):
        self.assertIsNone(self.double.peek(4))
        self.double(4)
        self.assertEqual(self.double.peek(4), 8)
        self.clock.now += 1
        self.assertIsNone(self.double.peek(4))
        self.assertEqual(self.asked, [4])

    def test_so_many_answers_and_no_more(self):
        for number in range(10):
            self.double(number)
            self.assertLessEqual(len(self.double._kept), 3)
        self.assertEqual(self.double.peek(9), 18)

    @override_settings(MEMORY_SECONDS=0)
    def test_it_can_be_turned_off(self):
        self.double(4)
        self.double(4)
        self.assertEqual(self.asked, [4, 4])

    def test_nobody_waits_for_ever_for_who_works_it_out(self):
        """It may be waiting for something that the waiting one has, such as a connection."""
        may_end, asked = threading.Event(), []

        def ask(number):
            asked.append(number)
            if len(asked) == 1:
                may_end.wait(timeout=30)
            else:
                may_end.set()
            return number

        ask = cached(max_entries=3)(ask)
        self.assertEqual(at_once([lambda: ask(4)] * 2), [4, 4])
        self.assertEqual(asked, [4, 4])

    def test_who_asks_at_once_gets_one_answer(self):
        answers = at_once([lambda: self.double(4)] * 16)

        self.assertEqual(answers, [8] * 16)
        self.assertEqual(self.asked, [4])

    def test_who_waits_takes_what_it_brought_however_long_that_took(self):
        begun, asked = threading.Event(), threading.Event()

        def slow(number):
            self.asked.append(number)
            begun.set()
            asked.wait(timeout=30)
            self.clock.now += 2
            return 2 * number

        def read_clock():
            now = self.clock.now
            if begun.is_set():
                asked.set()
            return now

        def ask_meanwhile():
            begun.wait(timeout=30)
            return slow(4)

        slow = cached(max_entries=3)(slow)
        with mock.patch.object(self.clock, "monotonic", read_clock):
            answers = at_once([lambda: slow(4), ask_meanwhile])

        self.assertEqual(answers, [8, 8])
        self.assertEqual(self.asked, [4])

    def test_a_slow_answer_does_not_hold_up_others(self):
        begun, others_are_answered = threading.Event(), threading.Event()

        def slow_for_one(number):
            if number == 1:
                begun.set()
                self.assertTrue(others_are_answered.wait(timeout=30))
            return 2 * number

        def ask_for_others():
            begun.wait(timeout=30)
            answers = [ask(number) for number in range(2, 10)]
            others_are_answered.set()
            return answers

        ask = cached(max_entries=20)(slow_for_one)
        answers = at_once([lambda: ask(1), ask_for_others])

        self.assertEqual(answers, [2, list(range(4, 20, 2))])
