"""Numbers of rows for the API, which do not tell how many rows there are.

    shown = shown_number("booking", 17)  # such as 2718281828459045
    stored_number("booking", shown)  # 17

A permutation of the integers below LIMIT by a key, ID_KEY: a Feistel network with a hash as its
round function (M. Luby, C. Rackoff, "How to construct pseudorandom permutations from pseudorandom
functions", 1988). JSON numbers below 2^53 are exact in every language.
"""

import functools
import hashlib
from collections.abc import Iterable

from django.conf import settings

HALF = 26  # bits
MASK = (1 << HALF) - 1
LIMIT = 1 << 2 * HALF
ROUNDS = 8


def shown_number(kind: str, stored: int) -> int:
    """Return the API's number of the row with this primary key. Raises ValueError from LIMIT on.

    Each `kind` of row has its own permutation.
    """
    return _permuted(kind, _checked(stored), range(ROUNDS))


def stored_number(kind: str, shown: int) -> int:
    """Return the primary key of the row with this number. Raises ValueError from LIMIT on."""
    return _swapped(_permuted(kind, _swapped(_checked(shown)), reversed(range(ROUNDS))))


def _checked(number: int) -> int:
    if not 0 <= number < LIMIT:
        raise ValueError(f"{number} is not a number of a row.")
    return number


def _permuted(kind: str, number: int, rounds: Iterable[int]) -> int:
    hasher = _hasher(settings.ID_KEY, kind)
    left, right = number >> HALF, number & MASK
    for nth in rounds:
        mixing = hasher.copy()
        mixing.update((nth << HALF | right).to_bytes(4, "big"))
        left, right = right, left ^ int.from_bytes(mixing.digest(), "big") & MASK
    return left << HALF | right


@functools.lru_cache
def _hasher(key: str, kind: str) -> "hashlib.blake2b":
    return hashlib.blake2b(kind.encode(), digest_size=4, key=hashlib.sha256(key.encode()).digest())


def _swapped(number: int) -> int:
    return (number & MASK) << HALF | number >> HALF
