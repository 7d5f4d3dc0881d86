"""Reading untrusted JSON: plain values only, and every complaint names its place."""

import re

LARGEST = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 300_000
MAX_STRING = 500
MAX_AREA_TEXT = 2000
REQUIRED = object()

# Controls, what turns the direction of writing, halves of surrogate pairs, and what XML forbids.
UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Colours are drawn, so nothing else may stand in their place.
COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]{1,30}")
NOT_DRAWN = re.compile(r"|#[0-9A-Fa-f]{4}|(?:rgb|hsl)a?\([0-9a-z.,%/ +-]{1,60}\)", re.IGNORECASE)


class PlanError(ValueError):
    """A seating plan is wrong; the sentence says where and why."""


def check_values(layout):
    """Refuse what no plan may hold anywhere, in keys that nobody knows too."""
    waiting = [(layout, ())]
    seen = 0
    while waiting:
        value, path = waiting.pop()
        if len(path) >= MAX_DEPTH:
            raise PlanError(f"{_spoken(path)}: nested deeper than {MAX_DEPTH} levels.")
        seen += len(value)
        if seen > MAX_VALUES:
            raise PlanError(f"The plan has more than {MAX_VALUES:,} values.")
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            if isinstance(value, dict):
                _check_key(key, path)
            kind = type(item)
            if kind is str:
                if len(item) > MAX_STRING or not (item.isascii() and item.isprintable()):
                    _check_string(item, (*path, key))
            elif kind is dict or kind is list:
                waiting.append((item, (*path, key)))
            elif kind is int or kind is float:
                # NaN is in no range. Whole numbers up to 2**53 are the same in every JSON reader.
                if not -(2**53) <= item <= 2**53:
                    raise PlanError(f"{_spoken((*path, key))}: the number is too large.")
            elif item is not None and kind is not bool:
                raise PlanError(f"{_spoken((*path, key))}: not a JSON value.")


def _check_key(key, path):
    if type(key) is not str or len(key) > MAX_STRING or UNSAFE.search(key):
        raise PlanError(f"{_spoken(path)}: the key {_short(key)} is not plain text.")


def _check_string(text, path):
    # An area's text is its "text", or the "text" in that.
    longest = MAX_AREA_TEXT if path[-1] == "text" and "areas" in path else MAX_STRING
    if len(text) > longest:
        raise PlanError(f"{_spoken(path)}: longer than {longest} characters.")
    if UNSAFE.search(text):
        raise PlanError(f"{_spoken(path)}: has a control character or half a character.")


def _spoken(path):
    """The place as a programmer writes it: zones[0].rows[2].uuid, counted from 0."""
    keys = [f"[{key}]" if isinstance(key, int) else f".{_short(key)[1:-1]}" for key in path]
    return "".join(keys).removeprefix(".") or "The plan"


def _short(value):
    """An ASCII rendering, in quotes, that is safe to show."""
    text = ascii(value if isinstance(value, str) else type(value).__name__)[1:-1]
    return f'"{text[:40]}..."' if len(text) > 40 else f'"{text}"'


def object_in(of, key, place, default=REQUIRED):
    return _typed(of, key, dict, "an object", place, default)


def list_in(of, key, place, default=REQUIRED):
    return _typed(of, key, list, "a list", place, default)


def string_in(of, key, place, default=REQUIRED):
    return _typed(of, key, str, "a string", place, default)


def flag_in(of, key, place, default=REQUIRED):
    return _typed(of, key, bool, "true or false", place, default)


def _typed(of, key, kind, words, place, default):
    value = _given(of, key, default)
    if type(value) is kind or (value is default and default is not REQUIRED):
        return value
    if value is REQUIRED:
        raise PlanError(f'{place}: "{key}" is missing.')
    raise PlanError(f'{place}: "{key}" must be {words}.')


def _given(of, key, default):
    """The value of the key; null is as good as nothing where the key may be left out."""
    value = of.get(key, default)
    return default if value is None and default is not REQUIRED else value


def objects_in(of, key, place, default=REQUIRED):
    values = list_in(of, key, place, default)
    for nth, value in enumerate(values, 1):
        if type(value) is not dict:
            raise PlanError(f'{place}: number {nth} of "{key}" must be an object.')
    return values


def number_in(of, key, place, default=REQUIRED, smallest=-LARGEST):
    value = _given(of, key, default)
    if value is REQUIRED:
        raise PlanError(f'{place}: "{key}" is missing.')
    if type(value) not in (int, float):
        raise PlanError(f'{place}: "{key}" must be a number.')
    if not smallest <= value <= LARGEST:
        raise PlanError(f'{place}: "{key}" must be a number from {smallest:,} to {LARGEST:,}.')
    return float(value)


def label_in(of, key, place, default=REQUIRED):
    """A string, or a whole number written as one."""
    value = of.get(key, default)
    if type(value) is int and 0 <= value <= LARGEST:
        return str(value)
    return string_in(of, key, place, default)


def color_in(of, key, place, default):
    """A colour; for one that is right but not drawn here, such as rgba(...), the default."""
    color = string_in(of, key, place, default)
    if color == default or NOT_DRAWN.fullmatch(color):
        return default
    if not COLOR.fullmatch(color):
        raise PlanError(
            f'{place}: "{key}" must be a colour such as "#4a7fb5", "#47b" or "teal", '
            f"not {_short(color)}."
        )
    return color


def position_in(of, key, place, default=REQUIRED):
    """(x, y)"""
    position = object_in(of, key, place, default)
    spot = f"{place}, {key}"
    return number_in(position, "x", spot), number_in(position, "y", spot)
