"""The one rule that says when two spellings are the same name.

`STRASSE` and `Straße`, `Амели` and `амели`, `é` and `e` with a combining accent are the same name.
Models keep the key in a column, see `core.db.name_key`.
"""

import hashlib
import unicodedata

MAX_KEY_LENGTH = 255  # characters; at most 1,020 bytes, which every index can hold
HASH_LENGTH = 64

# Control, format, surrogate and private characters; separators of lines and paragraphs.
HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# Characters of other categories that have no shape.
BLANKS = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
JOINERS = "\u200c\u200d"  # spelling of Persian and of many languages of India needs them
FIRST_AFTER_CYRILLIC = "\u0530"  # Latin, Greek and Cyrillic, which need no joiner, come before it


def name_key(name: str) -> str:
    """Return the key that all spellings of a name share: NFKC, case folded, single spaces.

    A longer key than MAX_KEY_LENGTH is cut and ends with its hash: NFKC turns a single character
    into up to 18.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    key = " ".join(unicodedata.normalize("NFKC", folded).split())
    if len(key) <= MAX_KEY_LENGTH:
        return key
    return key[: MAX_KEY_LENGTH - HASH_LENGTH] + hashlib.sha256(key.encode()).hexdigest()


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings are the same name."""
    return name_key(one) == name_key(other)


def spellings(word: str) -> set[str]:
    """Return what to look for to find a word in names that have no stored key.

    Databases ignore the case of most letters by themselves. They do not know that `ß` is `ss`, nor
    that an accent can be a character of its own.
    """
    found, folded = {word}, word.casefold()
    if "ss" in folded:
        found |= {folded, folded.replace("ss", "ß")}
    composed = {unicodedata.normalize("NFC", each) for each in found}
    return composed | {unicodedata.normalize("NFD", each) for each in found}


def hidden_character(text: str) -> str | None:
    """Return the first character that has no shape or turns the direction of the text, if any.

    A joiner counts only where it joins nothing: it has to follow a letter of a script that uses it.
    """
    for before, character in zip("-" + text, text, strict=False):
        if character in JOINERS:
            is_hidden = before < FIRST_AFTER_CYRILLIC or unicodedata.category(before)[0] not in "LM"
        else:
            is_hidden = unicodedata.category(character) in HIDDEN_CATEGORIES or character in BLANKS
        if is_hidden:
            return character
    return None
