"""What a seating plan may contain: how much, which characters and which colours.

The limits of the text format stand in `text_format`, that of a seat number in `numbers`.
"""

import re

MAX_SEATS = 5000
MAX_ROWS = 1000
MAX_ZONES = 100
MAX_AREAS = 500
MAX_POLYGON_POINTS = 500
MAX_CATEGORIES = 50
MAX_NAME = 100
MAX_CATEGORY_NAME = 50
MAX_COORDINATE = 1_000_000  # of any number that is drawn, in both directions

MAX_FAULTS = 100  # that one error lists

# Of the JSON as a whole, also of keys that this library does not know.
MAX_DEPTH = 20
MAX_VALUES = 300_000
MAX_STRING = 500
MAX_AREA_TEXT = 2000

# Control characters, characters that turn the direction of writing, halves of surrogate pairs,
# and what XML forbids.
UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Colours are written into pictures, so nothing else may stand in their place.
COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]{1,30}")


def unsafe_character_in(text: str) -> str:
    """Return the first unsafe character by its code point, "U+202E", or "" if there is none."""
    found = UNSAFE.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""
