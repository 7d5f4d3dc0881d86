"""A challenge that costs the client some CPU time: Hashcash (A. Back, 2002) with SHA-256.

The client looks for a number so that SHA-256 of "TOKEN NUMBER" begins with `bits` zero bits, and
answers with this text. One look takes a browser about a second; a program that holds all seats of a
chain takes as long for each hold. A token is good for one answer within LIFETIME.
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


def has_zero_bits(text: str, bits: int) -> bool:
    """Return whether the hash of the text begins with so many zero bits."""
    digest = hashlib.sha256(text.encode(errors="replace")).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


PROOF_OF_WORK = Challenge(issue=_issue, verify=_verify)
