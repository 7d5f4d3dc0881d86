"""What is read often and may be a moment old, kept in the memory of the process.

Each process reads for itself, so nothing has to be told to the others when something changes: a
moment later they read it again. What must not be old, whether a seat is free, is not kept here.
"""

import functools
import threading
import time

from django.conf import settings

LOCKS = 64  # of a function, shared by its keys: two that are asked for at once rarely meet
LOAD_WAIT = 0.5  # seconds


class CachedFunction:
    """A function of hashable arguments, with its answers kept for MEMORY_SECONDS.

    An answer counts from the moment before it was worked out, to the moment when it is asked for.
    One thread at a time works it out, and who waits for it takes what it brought. Who has waited
    for LOAD_WAIT works it out too: the other may be waiting for a connection to the database that we
    have. What is raised is not kept. Threads share the answers, so nobody may change them.

    What is given by name is for the function only: the answer must not depend on it.
    """

    instances = []

    def __init__(self, function, max_entries):
        self.instances.append(self)
        functools.update_wrapper(self, function)
        self._function = function
        self._max_entries = max_entries
        self._kept = {}
        self._working = [threading.Lock() for _ in range(LOCKS)]

    def __call__(self, *key, **given):
        asked_at = time.monotonic()
        found = self._kept_lately(key, asked_at)
        if found is None:
            lock = self._working[hash(key) % LOCKS]
            is_ours = lock.acquire(timeout=LOAD_WAIT)
            try:
                found = self._kept_lately(key, asked_at)
                if found is None:
                    found = time.monotonic(), self._function(*key, **given)
                    if len(self._kept) >= self._max_entries:
                        self._kept.clear()
                    self._kept[key] = found
            finally:
                if is_ours:
                    lock.release()
        return found[1]

    def peek(self, *key):
        """The answer if there is one that is not too old, else None."""
        found = self._kept_lately(key, time.monotonic())
        return found and found[1]

    def _kept_lately(self, key, asked_at):
        found = self._kept.get(key)
        is_fresh = found is not None and asked_at - found[0] < settings.MEMORY_SECONDS
        return found if is_fresh else None


def cached(*, max_entries):
    """Decorate a function to be CachedFunction, with so many answers at a time."""
    return functools.partial(CachedFunction, max_entries=max_entries)


def clear_all():
    for function in CachedFunction.instances:
        function._kept.clear()
