"""Rules for the names of users: which are the same, and which are refused."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from string import ascii_lowercase, ascii_uppercase, digits

from confusable_homoglyphs.categories import unique_aliases
from confusable_homoglyphs.confusables import confusables_data
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from core.names import hidden_character, name_key
from core.validators import no_hidden_characters

OF_EVERY_SCRIPT = {"COMMON", "INHERITED"}
# Scripts that one language writes together.
WRITTEN_TOGETHER = [
    {"HAN", "HIRAGANA", "KATAKANA"},
    {"HAN", "HANGUL"},
    {"HAN", "BOPOMOFO"},
]
LEFT_TO_RIGHT_MARK = "\u200e"  # the data has it around letters of scripts from right to left
LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
LINK_OR_ADDRESS = re.compile(r"://|\bwww\.|@|\w\.\w{2,}/", re.IGNORECASE)
# What mail programs turn into a link: a.b, a@b, a/b, a:b.
LINKED_IN_MAIL = re.compile(r"[@/:\\]|\w\.\w")


def username_key(username: str) -> str:
    """Return the key that all spellings of a user name share.

    NFKC and case folding, as for every name. Then each letter of another script that looks like a
    Latin one, small or capital, becomes that one: `Alice` and `\u0430lice` are one name.
    """
    looks_like = _look_alikes()
    return "".join(
        looks_like.get(letter) or looks_like.get(letter.upper()) or letter
        for letter in name_key(username)
    )


@cache
def _look_alikes() -> dict[str, str]:
    """Return the Latin letter or digit for each character that looks like one."""
    found: dict[str, str] = {}
    for latin in ascii_lowercase + digits + ascii_uppercase:
        for entry in confusables_data.get(latin, []):
            other = entry["c"].strip(LEFT_TO_RIGHT_MARK)
            if not other.isascii():
                found.setdefault(other, latin.lower())
    found["\u04cf"] = "l"  # the small palochka, which the data takes for an i
    return found


def one_spelling(address: str) -> str:
    """Return an e-mail address in one of its spellings: NFKC, and its domain in letters.

    `a@xn--bcher-kva.example` and `a@B\u00dcCHER.example` are one mailbox.
    """
    local, at, domain = unicodedata.normalize("NFKC", address).strip().rpartition("@")
    domain = domain.lower()
    with suppress(UnicodeError):  # no name of a host, such as [192.0.2.1]
        domain = domain.encode("idna").decode().encode().decode("idna")
    return f"{local}{at}{domain}"


def of_one_script(username: str) -> None:
    """Raise ValidationError for a user name with letters of several scripts."""
    scripts = unique_aliases(unicodedata.normalize("NFKC", username)) - OF_EVERY_SCRIPT
    if len(scripts) > 1 and not any(scripts <= each for each in WRITTEN_TOGETHER):
        names = " and ".join(sorted(name.replace("_", " ").title() for name in scripts))
        raise ValidationError(
            f"Use letters of one script: this user name has {names} letters.", code="mixed_scripts"
        )


def no_link(username: str) -> None:
    """Raise ValidationError for a user name that is a link."""
    if LINK.search(username):
        raise ValidationError("A user name cannot be a link.", code="link")


def no_link_or_address(name: str) -> None:
    """Raise ValidationError for a name with a link or an e-mail address in it."""
    if LINK_OR_ADDRESS.search(name):
        raise ValidationError("A name cannot have a link or an e-mail address.", code="link")


def can_be_mailed(name: str) -> bool:
    """Return whether no mail program makes a link of the name, and nothing in it is hidden."""
    return not LINKED_IN_MAIL.search(name) and hidden_character(name) is None


Validator = Callable[[str], None]

USERNAME_VALIDATORS: list[Validator] = [
    UnicodeUsernameValidator(),
    no_hidden_characters,
    of_one_script,
    no_link,
]
NAME_VALIDATORS: list[Validator] = [no_hidden_characters, no_link_or_address]
