"""Secrets of the settings: files that hold one, and lists of keys. No message shows a secret."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

MAX_FILE = 64 * 1024  # bytes
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MIN_SIGNING_KEY = 32  # characters: HS256 needs 32 bytes
FROM_SECRET_KEY = "SECRET_KEY"  # noqa: S105  # a word in JWT_SIGNING_KEYS and TICKET_KEYS


class UnreadableFile(Exception):
    """A file that gives no value. The message says which file it must be."""


def text_of(path: Path) -> str:
    """Return the text of a file without the white space around it. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError):  # a ValueError for a path with a NUL
        raise UnreadableFile("a file that exists and can be read") from None
    if len(data) > MAX_FILE:
        raise UnreadableFile(f"a file of at most {MAX_FILE} bytes")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        raise UnreadableFile("a file with text in UTF-8") from None
    if not text:
        raise UnreadableFile("a file with the value in it")
    return text


def former_keys(least: int) -> Callable[[str], list[str]]:
    """Return a parser of former secret keys, each of which was valid when it was in use."""

    def parse(text: str) -> list[str]:
        keys = _words(text)
        if any(len(key) < least for key in keys):
            raise ValueError(
                f"former secret keys of {least} or more characters, separated by commas or spaces"
            )
        return keys

    return parse


def signing_keys(secret_keys: Sequence[str]) -> Callable[[str], dict[str, str]]:
    """Return a parser of `KID:KEY` words. The word `SECRET_KEY` stands for these secret keys."""

    def parse(text: str) -> dict[str, str]:
        keys: dict[str, str] = {}
        for word in _words(text):
            if word == FROM_SECRET_KEY:
                keys |= {_id_of(key): key for key in secret_keys}
                continue
            kid, colon, key = word.partition(":")
            if not (colon and KEY_ID.fullmatch(kid) and len(key) >= MIN_SIGNING_KEY):
                raise ValueError(
                    "words KID:KEY separated by commas or spaces, with a KID of letters, digits, "
                    f"'.', '_' and '-' and a random KEY of {MIN_SIGNING_KEY} or more characters, "
                    f"or the word {FROM_SECRET_KEY}"
                )
            if kid in keys:
                raise ValueError(f"keys with different ids, but {kid!r} is there twice")
            keys[kid] = key
        if not keys:
            raise ValueError("one key or more")
        return keys

    return parse


def ticket_keys(secret_keys: Sequence[str]) -> Callable[[str], list[str]]:
    """Return a parser of keys of tickets. The word `SECRET_KEY` stands for these secret keys."""

    def parse(text: str) -> list[str]:
        keys: list[str] = []
        for word in _words(text):
            if word == FROM_SECRET_KEY:
                keys += secret_keys
            elif len(word) >= MIN_SIGNING_KEY:
                keys.append(word)
            else:
                raise ValueError(
                    f"random keys of {MIN_SIGNING_KEY} or more characters, separated by commas or "
                    f"spaces, or the word {FROM_SECRET_KEY}"
                )
        if not keys:
            raise ValueError("one key or more")
        if len(set(keys)) < len(keys):
            raise ValueError("different keys, but one is there twice")
        return keys

    return parse


def token_name(text: str) -> str:
    """Check the name of an issuer or of an audience, such as https://tickets.example."""
    if not re.fullmatch("[!-~]{1,200}", text):
        raise ValueError("at most 200 printable ASCII characters without spaces")
    return text


def stripe_key(*kinds: str) -> Callable[[str], str]:
    """Return a parser of a key of Stripe: its kind, such as sk, then letters, digits and _."""

    def parse(text: str) -> str:
        if not re.fullmatch(rf"({'|'.join(kinds)})_[A-Za-z0-9_+/=]{{8,200}}", text):
            words = " or ".join(f"{kind}_" for kind in kinds)
            raise ValueError(f"a key of Stripe, which begins with {words}")
        return text

    return parse


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _id_of(secret_key: str) -> str:
    """Return the id of a secret key as a signing key. It stays the same when the key retires."""
    return hashlib.sha256(f"kid:{secret_key}".encode()).hexdigest()[:16]
