"""Short names of zones, rows and seats for seat numbers, in letters A to Z and digits.

The names of a hall may be in any script: "Партер" is PARTER, and "１階" is 1. Seats are sold under
these names, so what is written here may be added to but never changed. That is why no package
transliterates: its next version could rename seats that are sold.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

MAX_SHORT_NAME = 12  # characters; a longer name is shortened to its initials

# Cyrillic as in passports, Greek by ISO 843, and the Latin letters that have no base letter.
LETTERS = """
а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh
ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u ђ=dj ј=j љ=lj њ=nj ћ=c џ=dz
ѓ=g ќ=k ѕ=dz ә=a ғ=g қ=q ң=n ө=o ұ=u ү=u һ=h
α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch
ψ=ps ω=o
ß=ss æ=ae œ=oe ø=o ł=l đ=d ð=d þ=th ı=i ŋ=ng ħ=h ŧ=t ə=e
"""
LATIN = dict(pair.split("=") for pair in LETTERS.split())

_Key = TypeVar("_Key")


def short_names(names: Mapping[_Key, str], letter: str) -> dict[_Key, str]:
    """Return a short name for each name, all different.

    See `short_name`. Where a name has none, or two have the same one, all are numbered.
    """
    short = {key: short_name(name) for key, name in names.items()}
    found = {key: name for key, name in short.items() if name is not None}
    if len(set(found.values())) == len(names):
        return found
    return numbered_names(names, letter)


def numbered_names(names: Mapping[_Key, str], letter: str) -> dict[_Key, str]:
    """Return Z1, Z2, Z3 for the names in their order, if Z is the letter."""
    return {key: f"{letter}{nth}" for nth, key in enumerate(names, 1)}


def short_name(name: str) -> str | None:
    """Return a name in A to Z and digits, or None if it has letters that are not known here.

    The whole name, RYAD1 for "Ряд 1"; the initials of a long one; only the digits of one in other
    letters. "1/2" is 1X2, so that it differs from 12.
    """
    if not name.strip():
        return ""
    text = _latin(name)
    if text is None:
        text = "".join(map(_digit, unicodedata.normalize("NFKC", name)))
    words = re.findall(r"[0-9]+|[A-Z]+", re.sub(r"(?<=[0-9])[^A-Z0-9]+(?=[0-9])", "X", text))
    whole = "".join(words)
    if len(whole) > MAX_SHORT_NAME:
        whole = "".join(word if word.isdigit() else word[0] for word in words)[:MAX_SHORT_NAME]
    # As in seat numbers, zeros in front of the last digits do not count: "07" is 7.
    return re.sub(r"(?<![0-9])0+(?=[0-9]+\Z)", "", whole) or None


def _latin(name: str) -> str | None:
    """Return the name in capitals A to Z, digits and spaces; None if it has other letters."""
    latin = []
    for letter in unicodedata.normalize("NFC", name).casefold():
        known = LATIN.get(letter)
        for part in unicodedata.normalize("NFKD", letter) if known is None else known:
            plain = LATIN.get(part, part)
            if plain.isascii():
                latin.append(plain if plain.isalnum() or not plain else " ")
            elif unicodedata.decimal(part, None) is not None:
                latin.append(str(unicodedata.decimal(part)))
            elif unicodedata.category(part)[0] in "PSZ":
                latin.append(" ")
            elif not unicodedata.combining(part):
                return None
    return "".join(latin).upper()


def _digit(letter: str) -> str:
    """Return 1 for 1, for a digit one of any script, and for the character of the number one."""
    value = unicodedata.numeric(letter, -1)
    return str(int(value)) if 0 <= value <= 9 and value == int(value) else " "
