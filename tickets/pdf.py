"""The tickets of an order as one PDF: three on a page of A4, each with its QR code.

The same tickets are the same bytes.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Protocol

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tickets.qr import QUIET_ZONE, qr_of
from tickets.typesetting import BOLD, REGULAR, fitted, leading, load_fonts, showable, width_of
from tickets.wording import Words

PAGE_WIDTH, PAGE_HEIGHT = A4
ON_A_PAGE = 3
MARGIN, PADDING, GAP = 36, 14, 12  # points, as all lengths here
HEIGHT = (PAGE_HEIGHT - 2 * MARGIN - (ON_A_PAGE - 1) * GAP) / ON_A_PAGE
WIDTH = PAGE_WIDTH - 2 * MARGIN
QR = 168
TEXT_WIDTH = WIDTH - QR - 3 * PADDING

TITLE_SIZES: list[float] = [19, 16, 14, 12, 10, 9]
LINE_SIZES: list[float] = [12, 11, 10, 9, 8]
SMALL_SIZES: list[float] = [8.5, 7.5]
VALUE_SIZES: list[float] = [13, 12, 11, 10, 9, 8, 7]
BLACK, GREY, LIGHT = 0, 0.35, 0.7


class Printable(Protocol):
    """What is printed of a ticket."""

    @property
    def code(self) -> str: ...

    @property
    def words(self) -> Words: ...


def print_tickets(tickets: Sequence[Printable], *, title: str) -> bytes:
    """Return the PDF."""
    load_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, lang="en")
    canvas.setTitle(showable(title))
    canvas.setAuthor("")
    canvas.setSubject("Tickets")
    for nth, ticket in enumerate(tickets):
        place = nth % ON_A_PAGE
        if place == 0 and nth:
            canvas.showPage()
        top = PAGE_HEIGHT - MARGIN - place * (HEIGHT + GAP)
        _Block(canvas, top).draw(ticket, note=f"Ticket {nth + 1} of {len(tickets)}")
    canvas.save()
    return out.getvalue()


class _Block:
    """Draws one ticket, from its top downwards."""

    def __init__(self, canvas: Any, top: float) -> None:
        self.canvas = canvas
        self.top, self.y = top, top - PADDING
        self.left = MARGIN + PADDING

    def draw(self, ticket: Printable, *, note: str) -> None:
        words = ticket.words
        self.canvas.setStrokeGray(LIGHT)
        self.canvas.roundRect(MARGIN, self.top - HEIGHT, WIDTH, HEIGHT, 8, stroke=1, fill=0)
        self._text(words.film, BOLD, TITLE_SIZES, height=58)
        self._text(words.certificate, REGULAR, [10], height=13, grey=GREY)
        self._text(f"{words.day}, {words.clock}", BOLD, LINE_SIZES, height=15)
        self._text(f"{words.cinema}, {words.screen}", REGULAR, LINE_SIZES, height=26)
        self._text(words.address, REGULAR, SMALL_SIZES, height=11, grey=GREY)
        bottom = self.top - HEIGHT + PADDING
        self._fields(bottom + 64, [("Zone", words.zone), ("Row", words.row), ("Seat", words.seat)])
        self._fields(
            bottom + 32,
            [("Category", words.category), ("Ticket", words.ticket_type), ("Price", words.price)],
        )
        self._fields(bottom, [("Order", words.order), ("Name", words.name)], [0.36, 0.64])
        self._qr(ticket.code, note)

    def _text(
        self, text: str, font: str, sizes: list[float], *, height: float, grey: float = BLACK
    ) -> None:
        """Write lines, and go on below them; nothing for an empty text."""
        if not (text := showable(text)):
            return
        lines, size = fitted(text, font, sizes, TEXT_WIDTH, height)
        self.canvas.setFillGray(grey)
        for line in lines:
            self.y -= leading(size)
            self.canvas.setFont(font, size)
            self.canvas.drawString(self.left, self.y, line)
        self.y -= size * 0.25

    def _fields(
        self, y: float, fields: Sequence[tuple[str, str]], shares: Sequence[float] = ()
    ) -> None:
        """Write labels with their values below, side by side at this height; no empty ones."""
        x = float(self.left)
        for (label, value), share in zip(fields, shares or [0.44, 0.28, 0.28], strict=True):
            if not (value := showable(value)):
                continue
            self.canvas.setFillGray(GREY)
            self.canvas.setFont(REGULAR, 7)
            self.canvas.drawString(x, y + 17, label)
            [line], size = fitted(value, BOLD, VALUE_SIZES, TEXT_WIDTH * share - 6, 0)
            self.canvas.setFillGray(BLACK)
            self.canvas.setFont(BOLD, size)
            self.canvas.drawString(x, y + 2, line)
            x += TEXT_WIDTH * share

    def _qr(self, code: str, note: str) -> None:
        """Draw the code as one path of squares, with its quiet zone, and the note below."""
        rows = list(qr_of(code).matrix)
        module = QR / (len(rows) + 2 * QUIET_ZONE)
        left = PAGE_WIDTH - MARGIN - PADDING - QR + QUIET_ZONE * module
        top = self.top - PADDING - QUIET_ZONE * module
        path = self.canvas.beginPath()
        for down, row in enumerate(rows):
            for across, is_dark in enumerate(row):
                if is_dark:
                    x, y = left + across * module, top - (down + 1) * module
                    path.rect(x, y, module, module)
        self.canvas.setFillGray(BLACK)
        self.canvas.drawPath(path, stroke=0, fill=1)
        middle = PAGE_WIDTH - MARGIN - PADDING - QR / 2
        self.canvas.setFillGray(GREY)
        self.canvas.setFont(REGULAR, 8)
        y = self.top - PADDING - QR - 8
        for line in (note, "Show this code at the door."):
            self.canvas.drawString(middle - width_of(line, REGULAR, 8) / 2, y, line)
            y -= leading(8)
