"""Slow work that is left out while there is too much of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pauses:
    """Lets one thread at a time do the work, and then pauses for as long as it took.

    So the work takes at most half of the time of one thread, and no thread waits for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends = 0.0

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Yield whether the thread may do the work."""
        started = time.monotonic()
        if started < self._ends or not self._lock.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            now = time.monotonic()
            self._ends = now + (now - started)
            self._lock.release()
