"""Content codings of responses: what a client accepts, and the compressed body.

Only bodies that are public are compressed: the length of a compressed secret beside text that an
attacker chooses reveals the secret (BREACH).
"""

import functools
import gzip
import re
from typing import NamedTuple

import brotli

from core.cache import cached

IDENTITY = "identity"
CODINGS = ("br", "gzip", IDENTITY)  # what we offer, the best first
MIN_BYTES = 1000  # a smaller body is one packet anyway
MAX_ENTRIES, MAX_BYTES = 1000, 16_000_000  # of compressed bodies in a process

# Higher ones cost several times as much CPU time for a tenth fewer bytes.
BROTLI_QUALITY, GZIP_LEVEL = 5, 6

WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
MAX_HEADER = 200  # characters of an Accept-Encoding whose coding is remembered; browsers send 25


class Encoded(NamedTuple):
    body: bytes
    coding: str


def encode(body: bytes, digest: str, accept_encoding: str) -> Encoded:
    """Return the body in the best coding that the client accepts. `digest` identifies the body."""
    is_short = len(accept_encoding) <= MAX_HEADER
    choose = choose_coding if is_short else choose_coding.__wrapped__
    coding = choose(accept_encoding, len(body) >= MIN_BYTES)
    if coding == IDENTITY:
        return Encoded(body, coding)
    return Encoded(compressed(coding, digest, body=body), coding)


@functools.lru_cache(maxsize=200)
def choose_coding(accept_encoding: str, is_large: bool = True) -> str:
    """Return the coding with the highest weight; the first of CODINGS if several have it.

    A small body is compressed only if the client refuses it as it is. RFC 9110, 12.5.3.
    """
    weights = _weights_of(accept_encoding)
    others = weights.get("*", 0.0)
    offered = {coding: weights.get(coding, others) for coding in CODINGS}
    if IDENTITY not in weights and "*" not in weights:
        offered[IDENTITY] = 0.0001  # always acceptable, but least
    acceptable = [coding for coding in CODINGS if offered[coding] > 0]
    if not acceptable or (not is_large and IDENTITY in acceptable):
        return IDENTITY
    return max(acceptable, key=offered.__getitem__)


def _weights_of(accept_encoding: str) -> dict[str, float]:
    """Return {coding: weight}. A coding with a wrong weight is left out."""
    weights = {}
    for word in accept_encoding.lower().split(","):
        name, separator, parameter = word.partition(";")
        weight = WEIGHT.fullmatch(parameter)
        if weight or not separator:
            coding = name.strip().removeprefix("x-")  # x-gzip is an old name of gzip
            weights[coding] = float(weight[1]) if weight else 1.0
    return weights


@cached(max_entries=MAX_ENTRIES, max_bytes=MAX_BYTES, size_of=len)
def compressed(coding: str, digest: str, *, body: bytes) -> bytes:
    """Return the compressed body: once for all clients while its digest stays the same."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY, mode=brotli.MODE_TEXT))
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
