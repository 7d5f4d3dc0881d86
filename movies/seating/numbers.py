"""The one spelling of a seat number."""

import re

MAX_LENGTH = 32  # characters of a seat number


def seat_number_from(value: object) -> str:
    """Return the one spelling of a seat number: " a07 " is "A7", 7 is "7".

    Raises ValueError unless it has 1 to MAX_LENGTH ASCII letters and digits, and TypeError unless
    it is a string or a whole number; True and 1.0 are neither.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError("a seat number is a string")
    if isinstance(value, int) and not 0 <= value < 10**MAX_LENGTH:
        raise ValueError("too large, or below 0")
    text = str(value).strip(" ")
    if len(text) > MAX_LENGTH:
        raise ValueError("too long")
    if not re.fullmatch(r"[A-Za-z0-9]+", text):
        raise ValueError("only letters A to Z and digits")
    # The row, then the number without its leading zeros: "A07" is "A7", "00" is "0".
    return re.sub(r"(?<![0-9])0+(?=[0-9]+\Z)", "", text.upper())
