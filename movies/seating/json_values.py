"""Typed readers of untrusted JSON values.

First `check_values` checks everything in a layout, also under keys that are not known here. Then
one reader for each type takes a value out of an object: `string_in(seat, "category", place)`.
All raise PlanError; its sentence begins with `place`, such as 'Zone "Hall", row A, seat 2'.

A key with a default may be left out or be null. A key without one is required.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final, TypeVar

from movies.seating.limits import (
    COLOR,
    MAX_AREA_TEXT,
    MAX_COORDINATE,
    MAX_DEPTH,
    MAX_STRING,
    MAX_VALUES,
    UNSAFE,
    unsafe_character_in,
)
from movies.seating.plan import PlanError, Point

JSONObject = dict[str, object]
_Path = tuple[object, ...]  # keys and list indexes, outermost first
_T = TypeVar("_T")

# Colours that other programs write into plans and that the pictures of this one do not draw.
NOT_DRAWN = re.compile(r"|#[0-9A-Fa-f]{4}|(?:rgb|hsl)a?\([0-9a-z.,%/ +-]{1,60}\)", re.IGNORECASE)


class Required(Enum):
    """The default of a key that has none."""

    REQUIRED = 1


REQUIRED: Final = Required.REQUIRED


def check_values(layout: JSONObject) -> None:
    """Raise PlanError for all values and keys that a plan may contain nowhere.

    These are: values that are not JSON, unsafe characters, strings longer than MAX_STRING,
    numbers beyond 2**53, more than MAX_DEPTH levels, more than MAX_VALUES values.
    """
    waiting: list[tuple[JSONObject | list[object], _Path]] = [(layout, ())]
    seen = 0
    faults: list[str] = []
    while waiting:
        value, path = waiting.pop()
        if len(path) >= MAX_DEPTH:
            raise PlanError(f"{_spoken(path)}: nested deeper than {MAX_DEPTH} levels.")
        seen += len(value)
        if seen > MAX_VALUES:
            raise PlanError(f"The plan has more than {MAX_VALUES:,} values.")
        is_object = isinstance(value, dict)
        items: Iterable[tuple[object, object]]
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            if is_object:
                faults += _faults_of_key(key, path)
            if type(item) is str:
                if len(item) > MAX_STRING or not (item.isascii() and item.isprintable()):
                    faults += _faults_of_string(item, (*path, key))
            elif type(item) is dict or type(item) is list:
                waiting.append((item, (*path, key)))
            elif type(item) is int or type(item) is float:
                # NaN is in no range. Whole numbers up to 2**53 are the same in every JSON reader.
                if not -(2**53) <= item <= 2**53:
                    faults.append(f"{_spoken((*path, key))}: the number is too large.")
            elif item is not None and type(item) is not bool:
                faults.append(f"{_spoken((*path, key))}: not a JSON value.")
    if faults:
        raise PlanError(*faults)


def _faults_of_key(key: object, path: _Path) -> list[str]:
    if type(key) is str and len(key) <= MAX_STRING and not UNSAFE.search(key):
        return []
    return [
        f"{_spoken(path)}: the key {_short(key)} must have at most {MAX_STRING} characters "
        "and no control characters."
    ]


def _faults_of_string(text: str, path: _Path) -> list[str]:
    # The text of an area is its "text", or the "text" in its "text".
    longest = MAX_AREA_TEXT if path[-1] == "text" and "areas" in path else MAX_STRING
    if len(text) > longest:
        return [f"{_spoken(path)}: longer than {longest} characters."]
    if unsafe := unsafe_character_in(text):
        return [f"{_spoken(path)}: has a control character ({unsafe}); delete it."]
    return []


def _spoken(path: _Path) -> str:
    """Return the place as a programmer writes it: zones[0].rows[2].uuid, counted from 0."""
    keys = [f"[{key}]" if isinstance(key, int) else f".{_short(key)[1:-1]}" for key in path]
    return "".join(keys).removeprefix(".") or "The plan"


def _short(value: object) -> str:
    """Return an ASCII rendering, in quotes, that is safe to show."""
    text = ascii(value if isinstance(value, str) else type(value).__name__)[1:-1]
    return f'"{text[:40]}..."' if len(text) > 40 else f'"{text}"'


def object_in(
    of: JSONObject, key: str, place: str, default: JSONObject | Required = REQUIRED
) -> JSONObject:
    return _typed(of, key, dict, "an object", place, default)


def list_in(
    of: JSONObject, key: str, place: str, default: list[object] | Required = REQUIRED
) -> list[object]:
    return _typed(of, key, list, "a list", place, default)


def string_in(of: JSONObject, key: str, place: str, default: str | Required = REQUIRED) -> str:
    return _typed(of, key, str, "a string", place, default)


def flag_in(of: JSONObject, key: str, place: str, default: bool | Required = REQUIRED) -> bool:
    return _typed(of, key, bool, "true or false", place, default)


def _typed(
    of: JSONObject, key: str, kind: type[_T], words: str, place: str, default: _T | Required
) -> _T:
    value = _given(of, key, default)
    if isinstance(value, kind):
        return value
    if value is REQUIRED:
        raise PlanError(f'{place}: "{key}" is missing.')
    raise PlanError(f'{place}: "{key}" must be {words}.')


def _given(of: JSONObject, key: str, default: object) -> object:
    """Return the value of the key; null counts as left out where there is a default."""
    value = of.get(key, default)
    return default if value is None and default is not REQUIRED else value


def objects_in(
    of: JSONObject, key: str, place: str, default: list[object] | Required = REQUIRED
) -> list[JSONObject]:
    objects: list[JSONObject] = []
    faults: list[str] = []
    for nth, value in enumerate(list_in(of, key, place, default), 1):
        if isinstance(value, dict):
            objects.append(value)
        else:
            faults.append(f'{place}: item {nth} of "{key}" must be an object.')
    if faults:
        raise PlanError(*faults)
    return objects


def number_in(
    of: JSONObject,
    key: str,
    place: str,
    default: float | Required = REQUIRED,
    smallest: float = -MAX_COORDINATE,
) -> float:
    """Return a number from `smallest` to MAX_COORDINATE."""
    value = _given(of, key, default)
    if value is REQUIRED:
        raise PlanError(f'{place}: "{key}" is missing.')
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(f'{place}: "{key}" must be a number.')
    if not smallest <= value <= MAX_COORDINATE:
        raise PlanError(
            f'{place}: "{key}" must be a number from {smallest:,} to {MAX_COORDINATE:,}.'
        )
    return float(value)


def label_in(of: JSONObject, key: str, place: str, default: str | Required = REQUIRED) -> str:
    """Return a string; a whole number is as good as one."""
    value = of.get(key, default)
    if type(value) is int and 0 <= value <= MAX_COORDINATE:
        return str(value)
    return string_in(of, key, place, default)


def color_in(of: JSONObject, key: str, place: str, default: str) -> str:
    """Return a colour; the default for a valid one that is not drawn here, such as rgba(...)."""
    color = string_in(of, key, place, default)
    if color == default or NOT_DRAWN.fullmatch(color):
        return default
    if not COLOR.fullmatch(color):
        raise PlanError(
            f'{place}: "{key}" must be a colour such as "#4a7fb5", "#47b" or "teal", '
            f"not {_short(color)}."
        )
    return color


def position_in(
    of: JSONObject, key: str, place: str, default: JSONObject | Required = REQUIRED
) -> Point:
    position = object_in(of, key, place, default)
    spot = f"{place}, {key}"
    return Point(number_in(position, "x", spot), number_in(position, "y", spot))
