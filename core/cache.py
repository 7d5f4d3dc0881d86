"""Per-process cache with a TTL and single flight.

Each process loads its values itself, so a change needs no message to the others: after
MEMORY_SECONDS they load it again. Data that must be current, such as free seats, is not cached.
"""

import functools
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from django.conf import settings

LOCKS = 64  # per function, shared by its keys: two keys in use at once rarely share one
LOAD_WAIT = 0.5  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class CachedFunction(Generic[P, T]):
    """A function of hashable arguments whose values are cached for MEMORY_SECONDS.

    Positional arguments are the key. Keyword arguments only reach the function, so the value must
    not depend on them. The age of a value counts from before it was loaded. Exceptions are not
    cached. Threads share the values, so treat them as immutable.

    One thread loads a value and the others wait for it. After LOAD_WAIT a waiting thread loads the
    value itself: the first may be waiting for a database connection that the second holds.
    """

    instances: ClassVar[list["CachedFunction[..., Any]"]] = []

    def __init__(self, function: Callable[P, T], max_entries: int) -> None:
        self.instances.append(self)
        functools.update_wrapper(self, function)
        self.function = function
        self.max_entries = max_entries
        self._entries: dict[tuple[Any, ...], tuple[float, T]] = {}
        self._locks = [threading.Lock() for _ in range(LOCKS)]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        called_at = time.monotonic()
        entry = self._fresh_entry(args, called_at)
        if entry is None:
            lock = self._locks[hash(args) % LOCKS]
            is_locked = lock.acquire(timeout=LOAD_WAIT)
            try:
                entry = self._fresh_entry(args, called_at)
                if entry is None:
                    entry = time.monotonic(), self.function(*args, **kwargs)
                    if len(self._entries) >= self.max_entries:
                        self._entries.clear()
                    self._entries[args] = entry
            finally:
                if is_locked:
                    lock.release()
        return entry[1]

    def peek(self, *key: Any) -> T | None:
        """Return the cached value, or None if there is none or it has expired."""
        entry = self._fresh_entry(key, time.monotonic())
        return None if entry is None else entry[1]

    def size(self) -> int:
        """Return the number of entries, expired ones included."""
        return len(self._entries)

    def clear(self) -> None:
        self._entries.clear()

    def _fresh_entry(self, key: tuple[Any, ...], now: float) -> tuple[float, T] | None:
        entry = self._entries.get(key)
        is_fresh = entry is not None and now - entry[0] < settings.MEMORY_SECONDS
        return entry if is_fresh else None


def cached(*, max_entries: int) -> Callable[[Callable[P, T]], CachedFunction[P, T]]:
    """Decorate a function as a CachedFunction. When it is full, all entries are dropped."""

    def decorate(function: Callable[P, T]) -> CachedFunction[P, T]:
        return CachedFunction(function, max_entries)

    return decorate


def clear_all() -> None:
    """Empty every cache of this process."""
    for function in CachedFunction.instances:
        function.clear()
