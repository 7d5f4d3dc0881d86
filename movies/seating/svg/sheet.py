"""The drawing surface: it collects SVG and knows how far it reaches.

Its unit is one CSS pixel at full size; a usual seat is SEAT wide. Text is escaped here.
"""

from collections.abc import Iterable
from html import escape
from math import fsum, inf
from typing import NamedTuple
from unicodedata import east_asian_width

from movies.seating.limits import COLOR, UNSAFE

SEAT = 26
HALF = SEAT / 2
INK, SOFT_INK, LINE, CARD = "#1d2633", "#5d6877", "#d9dee6", "#f5f7fa"
TAKEN, TAKEN_CUSHION, TAKEN_INK = "#b4bbc6", "#e6e9ee", "#747e8e"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def box_around(
    points: Iterable[tuple[float, float]], half_width: float = 0, half_height: float = 0
) -> Box:
    """Return the box around things of this size whose middles are the points."""
    xs, ys = zip(*points, strict=True)
    return Box(
        min(xs) - half_width, min(ys) - half_height, max(xs) + half_width, max(ys) + half_height
    )


class Sheet:
    """The parts drawn so far, in drawing order, and the box around all of them.

    words: the boxes of the texts, so that zone names find a free place.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.words: list[Box] = []
        self.box = Box(inf, inf, -inf, -inf)

    def put(self, svg: str, box: Box) -> None:
        self.parts.append(svg)
        mine = self.box
        self.box = Box(
            min(mine.left, box.left),
            min(mine.top, box.top),
            max(mine.right, box.right),
            max(mine.bottom, box.bottom),
        )

    def write(
        self, text: str, x: float, y: float, size: float, color: str = INK, more: str = ""
    ) -> None:
        """Write a text with its middle at x, y. `more`: attributes, each after a space."""
        box = box_around([(x, y)], text_width(text, size) / 2, 0.6 * size)
        self.words.append(box)
        self.put(
            f'<text x="{short(x)}" y="{short(y + 0.35 * size)}" font-size="{size}" '
            f'font-weight="600" text-anchor="middle" fill="{color}"{more}>{escaped(text)}</text>',
            box,
        )


def stroke(path: str, color: str, width: float, more: str = "") -> str:
    """Return a path that is drawn as a line."""
    return (
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round"{more}/>'
    )


def text_width(text: str, size: float) -> float:
    """Estimate the width of a text: the fonts of the reader are not known."""
    return size * fsum(1.05 if east_asian_width(letter) in "WF" else 0.58 for letter in text)


def cut(text: str, size: float, room: float) -> str:
    """Return the text, shortened with an ellipsis where it is wider than the room."""
    share = room / (text_width(text, size) or 1)
    return text if share >= 1 else text[: int(share * len(text)) - 1].rstrip() + "…"


def safe_color(color: str, otherwise: str) -> str:
    return color if COLOR.fullmatch(color) else otherwise


def escaped(text: str) -> str:
    """Return the text for XML; unsafe characters become spaces."""
    return escape(UNSAFE.sub(" ", text))


def short(number: float) -> str:
    """Return the number with at most one decimal."""
    return str(round(number, 1)).removesuffix(".0")
