"""Text in the embedded font of tickets: what it can show, and how it fits into a space.

The font is DejaVu Sans with the letters of Latin, Greek, Cyrillic, Armenian and Georgian scripts.
"""

import threading
import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Ticket", "Ticket-Bold"
FILES = {REGULAR: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
MISSING = "□"  # stands for a letter of another script
ELLIPSIS = "…"

_registering = threading.Lock()


def load_fonts() -> None:
    """Register the fonts, once in each process."""
    with _registering:
        _register()


@cache
def _register() -> None:
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, Path(__file__).parent / "fonts" / file))


def showable(text: str) -> str:
    """Return the text in letters that the font has.

    Of a letter that it lacks, the same in another form is taken, or its base letter. What is left
    is a box, so that nobody takes a title in another script for an empty one.
    """
    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    text = " ".join(text.split())
    letters = (_letter(letter, known) for letter in unicodedata.normalize("NFC", text))
    return " ".join("".join(letters).split())


def _letter(letter: str, known: dict[int, int]) -> str:
    if ord(letter) in known:
        return letter
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return ""  # an accent without its letter, or a control character
    plain = unicodedata.normalize("NFKD", letter)
    if ord(plain[0]) in known:
        return "".join(each for each in plain if ord(each) in known)
    return MISSING


def width_of(text: str, font: str, size: float) -> float:
    width: float = pdfmetrics.stringWidth(text, font, size)
    return width


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Return the lines of a text. A word that is wider than a line is broken."""
    lines = [""]
    for word in text.split():
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(line, font, size) <= width:
            lines[-1] = line
            continue
        pieces = _pieces(word, font, size, width)
        lines += pieces if lines[-1] else pieces[1:]
        if not lines[-len(pieces)]:
            lines[-len(pieces)] = pieces[0]
    return lines


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    """Return a word in pieces that each fit into a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, font, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def fitted(
    text: str, font: str, sizes: list[float], width: float, height: float
) -> tuple[list[str], float]:
    """Return the lines, and the first of the sizes at which they fit into the space.

    At the last size the text is cut where it does not fit, and ends with an ellipsis.
    """
    for size in sizes:
        most = max(1, int(height / leading(size)))
        lines = wrapped(text, font, size, width)
        if len(lines) <= most:
            return lines, size
    last = lines[most - 1]
    while last and width_of(last + ELLIPSIS, font, size) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + ELLIPSIS], size


def leading(size: float) -> float:
    """Return the distance of lines."""
    return size * 1.25
