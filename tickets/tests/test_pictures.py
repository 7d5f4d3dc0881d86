"""What is printed, read again by other libraries: the QR codes, the PDF and its text."""

import re
from unittest import SkipTest

from django.test import SimpleTestCase
from reportlab.pdfbase import pdfmetrics

from testing.properties import given, settings, st
from tickets.codes import Claims, encode, key_from
from tickets.pdf import ON_A_PAGE, print_tickets
from tickets.qr import draw_svg
from tickets.tests.cases import TicketTestCase
from tickets.typesetting import (
    BOLD,
    MISSING,
    REGULAR,
    fitted,
    load_fonts,
    showable,
    width_of,
    wrapped,
)
from tickets.wording import Words

try:
    import pypdfium2
    import zxingcpp
    from PIL import Image, ImageDraw
except ImportError:
    raise SkipTest("needs the packages of requirements-dev.txt") from None

CODE_BEGINS = 377  # points from the left: the quiet zone
DPI = 150  # of a cheap printer, or of a screen that is filmed
WORDS = Words(
    film="Spirited Away",
    certificate="PG",
    cinema="Astoria",
    address="1 High Street, London",
    screen="Screen 2",
    day="Friday 27 November 2026",
    clock="20:15",
    zone="Balcony",
    category="Premium",
    row="F",
    seat="7",
    ticket_type="Adult",
    price="9.50 GBP",
    order="7GQ2MXK4TD",
    name="Alice Liddell",
)
SCRIPTS = (
    "Zażółć gęślą jaźń. Ο Θίασος. Сталкер, Українa. Ελλάς. Ðörf ẞ Ş ğ ő ű. Ցտեսություն. ქართული"
)


class Printed:
    def __init__(self, number=1, **words):
        self.words = WORDS._replace(**words)
        self.code = encode(Claims(12, number, 1), key_from("k" * 40))


def pages_of(pdf):
    return list(pypdfium2.PdfDocument(pdf))


def text_of(page):
    return " ".join(page.get_textpage().get_text_bounded().split())


def codes_on(page):
    picture = page.render(scale=DPI / 72).to_pil()
    found = zxingcpp.read_barcodes(picture)
    assert {each.format for each in found} == {zxingcpp.BarcodeFormat.QRCode}
    return sorted(each.text for each in found)


class PDFTests(SimpleTestCase):
    def print(self, *tickets):
        return print_tickets(tickets, title="Tickets of order 7GQ2MXK4TD")

    def test_another_library_reads_every_code(self):
        tickets = [Printed(number) for number in range(7)]
        pages = pages_of(self.print(*tickets))
        self.assertEqual(len(pages), 3)
        for nth, page in enumerate(pages):
            expected = tickets[nth * ON_A_PAGE : (nth + 1) * ON_A_PAGE]
            with self.subTest(page=nth):
                self.assertEqual(codes_on(page), sorted(each.code for each in expected))

    def test_everything_is_on_it(self):
        [page] = pages_of(self.print(Printed()))
        text = text_of(page)
        for words in (*WORDS._replace(day="Friday 27 November 2026, 20:15"), "Ticket 1 of 1"):
            with self.subTest(words=words):
                self.assertIn(words, text)

    def test_titles_in_polish_greek_and_cyrillic_have_their_letters(self):
        [page] = pages_of(self.print(Printed(film=SCRIPTS[:100])))
        self.assertIn("Zażółć gęślą jaźń. Ο Θίασος. Сталкер, Українa.", text_of(page))
        load_fonts()
        self.assertEqual(showable(SCRIPTS), SCRIPTS)

    def test_the_fonts_are_embedded(self):
        pdf = self.print(Printed())
        self.assertEqual(pdf.count(b"/FontFile2"), 2)
        self.assertLess(len(pdf), 60_000)

    def test_the_same_tickets_are_the_same_bytes(self):
        tickets = [Printed(number, film=SCRIPTS[:90]) for number in range(4)]
        self.assertEqual(self.print(*tickets), self.print(*tickets))

    def test_other_scripts_are_boxes_and_their_codes_are_read(self):
        ticket = Printed(film="千と千尋", name="אבג", cinema="سينما", address="한국")
        [page] = pages_of(self.print(ticket))
        self.assertIn(MISSING * 4, text_of(page))
        self.assertEqual(codes_on(page), [ticket.code])

    def test_long_words_stay_beside_the_code(self):
        for film in ("W" * 200, "Щ" * 200, "long " * 40, "x" * 40 + " y" * 80):
            longest = dict.fromkeys(Words._fields, film)
            [page] = pages_of(self.print(Printed(**longest)))
            with self.subTest(film=film[:10]):
                self.assertEqual(codes_on(page), [Printed().code])
                text = page.get_textpage()
                boxes = [text.get_rect(nth) for nth in range(text.count_rects())]
                for left, bottom, right, top in boxes:
                    is_beside = right <= CODE_BEGINS or left >= CODE_BEGINS
                    self.assertTrue(is_beside and bottom > 36, (left, bottom, right, top))
                    others = [box for box in boxes if box != (left, bottom, right, top)]
                    for other in others:
                        self.assertFalse(_overlap((left, bottom, right, top), other))

    @settings(max_examples=25)
    @given(st.text(max_size=200), st.text(max_size=200))
    def test_any_text_can_be_printed(self, film, name):
        pdf = self.print(Printed(film=film, name=name))
        self.assertTrue(pdf.startswith(b"%PDF"))


def _overlap(one, other):
    across = min(one[2], other[2]) - max(one[0], other[0])
    upwards = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and upwards > 1


class TypesettingTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_fonts()

    def test_letters_that_the_font_lacks(self):
        for text, expected in [
            ("ＡＢＣ１２", "ABC12"),  # wide letters
            ("e\u0301", "é"),  # an accent of its own
            ("a\u200bb\u202ec", "abc"),  # invisible characters
            ("ｱ", MISSING),
            ("  two\nmore \t words ", "two more words"),
            ("②", "2"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(showable(text), expected)

    @given(st.text(max_size=200))
    def test_what_is_shown_has_only_letters_of_the_font(self, text):
        known = pdfmetrics.getFont(REGULAR).face.charToGlyph
        self.assertEqual([each for each in showable(text) if ord(each) not in known], [])

    @given(st.text("abc WМ", max_size=120), st.integers(30, 300))
    def test_lines_fit_and_no_letter_is_lost(self, text, width):
        lines = wrapped(text, BOLD, 9, width)
        self.assertEqual("".join(lines).replace(" ", ""), text.replace(" ", ""))
        for line in lines:
            self.assertLessEqual(width_of(line, BOLD, 9), width)

    def test_a_text_that_does_not_fit_is_cut_with_an_ellipsis(self):
        lines, size = fitted("word " * 100, BOLD, [20, 9], 100, 30)
        self.assertEqual((len(lines), size), (2, 9))
        self.assertTrue(lines[-1].endswith("…"))

    def test_the_largest_size_that_fits_is_taken(self):
        self.assertEqual(fitted("word", BOLD, [20, 9], 100, 30), (["word"], 20))


class SVGTests(SimpleTestCase):
    def test_it_has_a_white_border_of_four_modules_and_a_title(self):
        svg = draw_svg(Printed().code, title='Ticket <for> "F7" & all')
        self.assertIn("<title>Ticket &lt;for&gt;", svg)
        self.assertIn('fill="#fff"', svg)
        size = int(svg.split('viewBox="0 0 ')[1].split()[0])
        self.assertEqual((size - 8 - 17) % 4, 0)  # the sizes of QR codes, and the border


class ServedTests(TicketTestCase):
    def test_the_pdf_has_the_codes_of_the_api(self):
        response = self.get(f"{self.path}.pdf")
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertEqual(response["Cache-Control"], "no-store")
        name = f'inline; filename="tickets-{self.order.code}.pdf"'
        self.assertEqual(response["Content-Disposition"], name)
        [page] = pages_of(response.content)
        self.assertEqual(codes_on(page), sorted(self.codes().values()))
        self.assertEqual(self.get(f"{self.path}.pdf").content, response.content)

    def test_the_svg_is_the_code_of_the_api(self):
        response = self.get(f"/api/bookings/{self.booking.number}/ticket.svg")
        self.assertEqual(response["Content-Type"], "image/svg+xml; charset=utf-8")
        self.assertEqual(response["Cache-Control"], "no-store")
        title = f"Ticket for Hall, row A, seat 1, order {self.order.code}"
        self.assertEqual(response.content.decode(), draw_svg(self.codes()["A1"], title=title))
        self.assertEqual(_read(response.content.decode()), [self.codes()["A1"]])


def _read(svg):
    """Read a QR code of an SVG that has a rectangle and one path of lines."""
    size = int(svg.split('viewBox="0 0 ')[1].split()[0])
    picture = Image.new("L", (size * 4, size * 4), 255)
    pen = ImageDraw.Draw(picture)
    path = svg.rpartition(' d="')[2].partition('"')[0]
    x = y = 0.0
    for command in _commands(path):
        match command:
            case ("M", (across, down)):
                x, y = across, down
            case ("m", (across, down)):
                x, y = x + across, y + down
            case ("h", (across,)):
                pen.rectangle([x * 4, (y - 0.5) * 4, (x + across) * 4 - 1, (y + 0.5) * 4 - 1], 0)
                x += across
    return [each.text for each in zxingcpp.read_barcodes(picture)]


def _commands(path):
    for letter, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path):
        yield letter, tuple(map(float, re.findall(r"-?[0-9.]+", numbers)))
