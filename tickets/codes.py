"""The codes in the QR of tickets: which booking may enter, signed. Pure functions.

`T1.` and base32 of 85 bytes: version 1, key id 4, show 7, booking 7, generation 2, signature 64.
85 bytes are exactly 136 characters without padding, so each ticket has one spelling, but for lower
case and for 0 and 1, which base32 does not have: typed, they mean O and I.
"""

import hashlib
from base64 import b32decode, b32encode
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX = "T1."
VERSION = 1
KEY_ID = 4  # bytes, as those below
NUMBER = 7
GENERATION = 2
PAYLOAD = 1 + KEY_ID + 2 * NUMBER + GENERATION
SIGNATURE = 64
LENGTH = len(PREFIX) + (PAYLOAD + SIGNATURE) * 8 // 5  # characters
MAX_NUMBER = (1 << 8 * NUMBER) - 1
MAX_GENERATION = (1 << 8 * GENERATION) - 1
READ_AS = str.maketrans("01", "OI")


class InvalidCode(Exception):
    """The text is not a code of a ticket that one of the keys has signed."""


class Claims(NamedTuple):
    """What a code says. `show` and `booking` are the ids of the API."""

    show: int
    booking: int
    generation: int


class TicketKey(NamedTuple):
    """A key that signs tickets. Its id is a part of the hash of its public half."""

    id: bytes
    private: Ed25519PrivateKey
    public: Ed25519PublicKey


def key_from(secret: str) -> TicketKey:
    """Return the key that is derived from a secret text."""
    seed = hashlib.sha256(b"ticket key: " + secret.encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key()
    return TicketKey(hashlib.sha256(public.public_bytes_raw()).digest()[:KEY_ID], private, public)


def encode(claims: Claims, key: TicketKey) -> str:
    """Return the code. Raises ValueError for numbers that it has no room for."""
    for number, most in zip(claims, (MAX_NUMBER, MAX_NUMBER, MAX_GENERATION), strict=True):
        if not 0 <= number <= most:
            raise ValueError(f"A code of a ticket has no room for {number}.")
    payload = b"".join(
        (
            bytes([VERSION]),
            key.id,
            claims.show.to_bytes(NUMBER, "big"),
            claims.booking.to_bytes(NUMBER, "big"),
            claims.generation.to_bytes(GENERATION, "big"),
        )
    )
    signature = key.private.sign(PREFIX.encode() + payload)
    return PREFIX + b32encode(payload + signature).decode()


def decode(text: str, keys: Mapping[bytes, TicketKey]) -> Claims:
    """Return what a code says, scanned or typed. `keys` are by their ids. Raises InvalidCode."""
    payload, signature = _parts_of(text)
    key = keys.get(payload[1 : 1 + KEY_ID])
    if payload[0] != VERSION or key is None:
        raise InvalidCode
    try:
        key.public.verify(signature, PREFIX.encode() + payload)
    except InvalidSignature:
        raise InvalidCode from None
    numbers = payload[1 + KEY_ID :]
    return Claims(
        int.from_bytes(numbers[:NUMBER], "big"),
        int.from_bytes(numbers[NUMBER : 2 * NUMBER], "big"),
        int.from_bytes(numbers[2 * NUMBER :], "big"),
    )


def _parts_of(text: str) -> tuple[bytes, bytes]:
    """Return (payload, signature), of which neither is checked."""
    if len(text) > 2 * LENGTH:  # before its copies are made
        raise InvalidCode
    text = text.strip()
    if len(text) != LENGTH or not text.isascii() or text[: len(PREFIX)].upper() != PREFIX:
        raise InvalidCode
    try:
        data = b32decode(text[len(PREFIX) :].upper().translate(READ_AS))
    except ValueError:
        raise InvalidCode from None
    return data[:PAYLOAD], data[PAYLOAD:]
