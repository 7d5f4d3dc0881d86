"""Per-process cache with a TTL and single flight.

Each process loads its values itself, so a change needs no message to the others: after
MEMORY_SECONDS they load it again. Data that must be current, such as free seats, is not cached.
"""

import functools
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, NamedTuple, ParamSpec, TypeVar

from django.conf import settings

LOCKS = 64  # per function, shared by its keys: two keys in use at once rarely share one
LOAD_WAIT = 0.5  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class Entry(NamedTuple, Generic[T]):
    loaded_at: float
    value: T
    size: int  # bytes; 0 where only the number of entries is bounded


class CachedFunction(Generic[P, T]):
    """A function of hashable arguments whose values are cached for `ttl` times MEMORY_SECONDS.

    Positional arguments are the key. Keyword arguments only reach the function, so the value must
    not depend on them. The age of a value counts from before it was loaded. Exceptions are not
    cached. Threads share the values, so treat them as immutable.

    At most `max_entries` are kept, and at most `max_bytes` as `size_of(value)` and the texts of the
    keys count them: the oldest are dropped. A value with more than an eighth of `max_bytes` is
    returned, but not kept.

    One thread loads a value and the others wait for it. After LOAD_WAIT a waiting thread loads the
    value itself: the first may be waiting for a database connection that the second holds.
    """

    instances: ClassVar[list["CachedFunction[..., Any]"]] = []

    def __init__(
        self,
        function: Callable[P, T],
        max_entries: int,
        max_bytes: int = 0,
        size_of: Callable[[Any], int] | None = None,
        ttl: int = 1,
    ) -> None:
        self.instances.append(self)
        functools.update_wrapper(self, function)
        self.function = function
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.size_of = size_of
        self.ttl = ttl
        self._entries: dict[tuple[Any, ...], Entry[T]] = {}  # the oldest first
        self._bytes = 0
        self._change = threading.Lock()  # of the two above
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
                    loaded_at, value = time.monotonic(), self.function(*args, **kwargs)
                    entry = Entry(loaded_at, value, self._size(args, value))
                    self._keep(args, entry)
            finally:
                if is_locked:
                    lock.release()
        return entry.value

    def peek(self, *key: Any) -> T | None:
        """Return the cached value, or None if there is none or it has expired."""
        entry = self._fresh_entry(key, time.monotonic())
        return None if entry is None else entry.value

    def latest(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the cached value however old it is, or load it. For guesses only."""
        entry = self._entries.get(args) if settings.MEMORY_SECONDS else None
        return self(*args, **kwargs) if entry is None else entry.value

    def size(self) -> int:
        """Return the number of entries, expired ones included."""
        return len(self._entries)

    def bytes(self) -> int:
        """Return the size of all entries, expired ones included."""
        return self._bytes

    def clear(self) -> None:
        with self._change:
            self._entries.clear()
            self._bytes = 0

    def _fresh_entry(self, key: tuple[Any, ...], now: float) -> Entry[T] | None:
        entry = self._entries.get(key)
        seconds = settings.MEMORY_SECONDS * self.ttl
        is_fresh = entry is not None and now - entry.loaded_at < seconds
        return entry if is_fresh else None

    def _size(self, key: tuple[Any, ...], value: T) -> int:
        if self.size_of is None:
            return 0
        return self.size_of(value) + sum(len(part) for part in key if isinstance(part, str))

    def _keep(self, key: tuple[Any, ...], entry: Entry[T]) -> None:
        with self._change:
            self._drop(key)
            if entry.size > self.max_bytes // 8:
                return
            self._entries[key] = entry
            self._bytes += entry.size
            while len(self._entries) > self.max_entries or self._bytes > self.max_bytes:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: tuple[Any, ...]) -> None:
        entry = self._entries.pop(key, None)
        self._bytes -= entry.size if entry else 0


def cached(
    *,
    max_entries: int,
    max_bytes: int = 0,
    size_of: Callable[[Any], int] | None = None,
    ttl: int = 1,
) -> Callable[[Callable[P, T]], CachedFunction[P, T]]:
    """Decorate a function as a CachedFunction."""

    def decorate(function: Callable[P, T]) -> CachedFunction[P, T]:
        return CachedFunction(function, max_entries, max_bytes, size_of, ttl)

    return decorate


def clear_all() -> None:
    """Empty every cache of this process."""
    for function in CachedFunction.instances:
        function.clear()
