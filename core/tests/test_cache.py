import threading
from unittest import mock

from django.test import SimpleTestCase, override_settings

from core.cache import cached
from testing.cache import CacheEnabled
from testing.races import at_once


class CacheTests(CacheEnabled, SimpleTestCase):
    def setUp(self):
        super().setUp()
        self.loaded = []
        self.double = cached(max_entries=3)(self._load)

    def _load(self, number):
        self.loaded.append(number)
        return 2 * number

    def test_a_value_is_loaded_once_per_ttl(self):
        for moment in (0, 0.5, 0.99):
            with self.subTest(moment=moment):
                self.clock.now = 1000 + moment
                self.assertEqual(self.double(4), 8)
                self.assertEqual(self.loaded, [4])
        self.clock.now = 1001

        self.double(4)

        self.assertEqual(self.loaded, [4, 4])

    def test_each_key_has_its_own_value(self):
        self.assertEqual([self.double(n) for n in (1, 2, 1)], [2, 4, 2])
        self.assertEqual(self.loaded, [1, 2])

    def test_keyword_arguments_are_not_part_of_the_key(self):
        apply = cached(max_entries=3)(lambda number, *, function: function(number))

        self.assertEqual(apply(4, function=self._load), 8)
        self.assertEqual(apply(4, function=None), 8)

    def test_the_age_of_a_value_counts_from_before_it_was_loaded(self):
        def load_slowly(number):
            self.loaded.append(number)
            self.clock.now += 0.7

        slow = cached(max_entries=3)(load_slowly)
        slow(1)
        self.clock.now += 0.3
        slow(1)

        self.assertEqual(self.loaded, [1, 1])

    def test_none_is_cached_like_any_value(self):
        nothing = cached(max_entries=3)(mock.Mock(return_value=None, __name__="nothing"))
        self.assertIsNone(nothing(1))
        self.assertIsNone(nothing(1))
        self.assertEqual(nothing.__wrapped__.call_count, 1)

    def test_exceptions_are_not_cached(self):
        flaky = cached(max_entries=3)(mock.Mock(side_effect=[ValueError, 5], __name__="flaky"))
        with self.assertRaises(ValueError):
            flaky(1)
        self.assertIsNone(flaky.peek(1))
        self.assertEqual(flaky(1), 5)

    def test_peek_returns_a_fresh_value_and_loads_nothing(self):
        self.assertIsNone(self.double.peek(4))
        self.double(4)
        self.assertEqual(self.double.peek(4), 8)
        self.clock.now += 1
        self.assertIsNone(self.double.peek(4))
        self.assertEqual(self.loaded, [4])

    def test_the_number_of_entries_is_bounded(self):
        for number in range(10):
            self.double(number)
            self.assertLessEqual(self.double.size(), 3)
        self.assertEqual(self.double.peek(9), 18)

    def test_the_oldest_entries_are_dropped_first(self):
        for number in (1, 2, 3):
            self.double(number)
            self.clock.now += 0.6
        self.double(1)  # loaded again
        self.double(4)

        self.assertEqual([self.double.peek(n) for n in (1, 2, 3, 4)], [2, None, 6, 8])

    def test_the_bytes_of_all_entries_are_bounded(self):
        text = cached(max_entries=100, max_bytes=80, size_of=len)(lambda key, size: "x" * size)
        for number in range(30):
            text(str(number), 1 + number % 9)
            kept = [text.peek(str(n), 1 + n % 9) for n in range(30)]
            sizes = [len(value) + len(str(n)) for n, value in enumerate(kept) if value]
            self.assertEqual(text.bytes(), sum(sizes))
            self.assertLessEqual(text.bytes(), 80)
        self.assertGreater(text.bytes(), 60)

        text.clear()
        self.assertEqual((text.bytes(), text.size()), (0, 0))

    def test_a_large_value_is_returned_but_pushes_nothing_out(self):
        text = cached(max_entries=100, max_bytes=80, size_of=len)(lambda size: "x" * size)
        text(3)
        self.assertEqual((text(10), text(11)), ("x" * 10, "x" * 11))
        self.assertEqual([text.peek(n) for n in (3, 10, 11)], ["xxx", "x" * 10, None])

    @override_settings(MEMORY_SECONDS=0)
    def test_a_ttl_of_zero_turns_the_cache_off(self):
        self.double(4)
        self.double(4)
        self.assertEqual(self.loaded, [4, 4])

    def test_a_waiting_thread_loads_the_value_itself_after_a_while(self):
        """The first thread may wait for something that the second holds, such as a connection."""
        may_end, loading = threading.Event(), []

        def load(number):
            loading.append(number)
            if len(loading) == 1:
                may_end.wait(timeout=30)
            else:
                may_end.set()
            return number

        identity = cached(max_entries=3)(load)
        self.assertEqual(at_once([lambda: identity(4)] * 2), [4, 4])
        self.assertEqual(loading, [4, 4])

    def test_concurrent_calls_for_one_key_load_it_once(self):
        self.wait_for_loads()
        values = at_once([lambda: self.double(4)] * 16)

        self.assertEqual(values, [8] * 16)
        self.assertEqual(self.loaded, [4])

    def test_a_waiting_thread_takes_the_value_even_if_loading_took_longer_than_the_ttl(self):
        self.wait_for_loads()
        begun, called = threading.Event(), threading.Event()

        def load_slowly(number):
            self.loaded.append(number)
            begun.set()
            called.wait(timeout=30)
            self.clock.now += 2
            return 2 * number

        def read_clock():
            now = self.clock.now
            if begun.is_set():
                called.set()
            return now

        def call_meanwhile():
            begun.wait(timeout=30)
            return slow(4)

        slow = cached(max_entries=3)(load_slowly)
        with mock.patch.object(self.clock, "monotonic", read_clock):
            values = at_once([lambda: slow(4), call_meanwhile])

        self.assertEqual(values, [8, 8])
        self.assertEqual(self.loaded, [4])

    def test_a_slow_load_does_not_delay_other_keys(self):
        begun, others_are_loaded = threading.Event(), threading.Event()

        def load(number):
            if number == 1:
                begun.set()
                self.assertTrue(others_are_loaded.wait(timeout=30))
            return 2 * number

        def call_for_others():
            begun.wait(timeout=30)
            values = [double(number) for number in range(2, 10)]
            others_are_loaded.set()
            return values

        double = cached(max_entries=20)(load)
        values = at_once([lambda: double(1), call_for_others])

        self.assertEqual(values, [2, list(range(4, 20, 2))])
