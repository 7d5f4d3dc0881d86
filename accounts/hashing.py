"""At most one password hash at a time in a process.

A hash is slow on purpose. If each thread of a process computed one, none would be left to sell
seats. So a thread that finds another one hashing does not wait: its request is answered with 429.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import DomainError

# A thread can take it again: a check may renew the hash, and a new password follows a check.
_turn = threading.RLock()


class HashingBusy(DomainError):
    """The same for a known and an unknown user name: it is raised before anything is compared."""

    status = 429
    code = "hashing_busy"
    sentence = "Another password is being checked at this moment. Try again in a second."
    retry_after = 1


@contextmanager
def one_hash_at_a_time() -> Iterator[None]:
    """Keep the turn for all hashes within. Raises HashingBusy if another thread has it."""
    if not _turn.acquire(blocking=False):
        raise HashingBusy
    try:
        yield
    finally:
        _turn.release()


class OneAtATime:
    """Mixin for every hasher of PASSWORD_HASHERS: all hashes of the service are made in these."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        with one_hash_at_a_time():
            return super().encode(*args, **kwargs)  # type: ignore[misc]

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        with one_hash_at_a_time():
            return super().verify(*args, **kwargs)  # type: ignore[misc]
