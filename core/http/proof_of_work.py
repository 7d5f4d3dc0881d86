"""A challenge that costs the client some CPU time: Hashcash (A. Back, 2002) with SHA-256.

The client looks for a number so that SHA-256 of "TOKEN NUMBER" begins with `bits` zero bits, and
answers with this text. One look takes a browser about a second; a program that holds all seats of a
chain takes as long for each hold. A token is good for one request that succeeds within LIFETIME. A
request that is refused gives it back, but not without end: otherwise one answer would do for any
number of guesses.
"""

import hashlib
import re
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from core.http.challenges import Challenge

BITS = 18
LIFETIME = 300  # seconds
MAX_REFUSALS = 5  # requests with one answer, then it is spent as well
SALT = "core.http.proof_of_work"


def _issue(request: HttpRequest) -> dict[str, Any]:
    token = signing.dumps(get_random_string(12), salt=SALT)
    return {"kind": "proof_of_work", "token": token, "bits": BITS}


def _verify(request: HttpRequest, answer: str) -> bool:
    token, _, number = answer.partition(" ")
    if not re.fullmatch("[0-9]{1,20}", number) or not has_zero_bits(answer, BITS):
        return False
    try:
        nonce = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return False
    return cache.add(f"challenge:{nonce}", True, LIFETIME)  # False for a second use


def _give_back(answer: str) -> None:
    """Free the answer. Only the request that has it gets here, so nobody counts beside it."""
    nonce = signing.loads(answer.partition(" ")[0], salt=SALT)
    refusals = cache.get(f"challenge-refusals:{nonce}", 0) + 1
    if refusals < MAX_REFUSALS:
        cache.set(f"challenge-refusals:{nonce}", refusals, LIFETIME)
        cache.delete(f"challenge:{nonce}")
    else:  # a transaction that was rolled back may have forgotten it
        cache.set(f"challenge:{nonce}", True, LIFETIME)


def has_zero_bits(text: str, bits: int) -> bool:
    """Return whether the hash of the text begins with so many zero bits."""
    digest = hashlib.sha256(text.encode(errors="replace")).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


PROOF_OF_WORK = Challenge(issue=_issue, verify=_verify, give_back=_give_back)
