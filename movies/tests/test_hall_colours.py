"""movies/static/movies/hall.css: the colours of a hall in dark mode."""

import re
from pathlib import Path

from django.test import SimpleTestCase

from movies.seating.svg import sheet

CSS = (Path(__file__).resolve().parent.parent / "static" / "movies" / "hall.css").read_text()
COLORS = ["INK", "SOFT_INK", "LINE", "CARD", "TAKEN", "TAKEN_CUSHION", "TAKEN_INK"]
TEXT, SHAPE = 4.5, 3  # the least contrasts of WCAG 2.2: 1.4.3 and 1.4.11


def luminance(color):
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


class HallColourTests(SimpleTestCase):
    def dark_colours(self):
        """Return {"card": "#1b222c"} of both blocks: by the system, and by the theme switch."""
        blocks = re.findall(r"html[^{}]*data-theme[^{}]*\{([^{}]*)\}", CSS)
        return [dict(re.findall(r"--hall-([a-z-]+): (#[0-9a-f]+);", block)) for block in blocks]

    def test_every_colour_of_the_picture_has_one_in_dark_mode(self):
        for name in COLORS:
            color = getattr(sheet, name)
            self.assertRegex(CSS, rf'="{color}"\][^{{]*\{{ [a-z]+: var\(--hall-[a-z-]+, {color}\)')

    def test_the_theme_switch_gives_the_colours_of_the_system(self):
        by_system, by_switch = self.dark_colours()

        self.assertEqual(by_system, by_switch)
        used = set(re.findall(r"var\(--hall-([a-z-]+)", CSS)) - {"tint"}
        self.assertEqual(set(by_system), used)

    def test_texts_and_marks_can_be_told_from_what_is_behind_them(self):
        dark = self.dark_colours()[0]
        light = {
            "card": sheet.CARD,
            "ink": sheet.INK,
            "soft-ink": sheet.SOFT_INK,
            "taken-cushion": sheet.TAKEN_CUSHION,
            "taken-ink": sheet.TAKEN_INK,
        }
        for colors in (light, dark):
            for front, back, least in [
                ("ink", "card", TEXT),
                ("soft-ink", "card", TEXT),
                ("taken-ink", "taken-cushion", SHAPE),
            ]:
                with self.subTest(front=front, colors=colors):
                    self.assertGreaterEqual(contrast(colors[front], colors[back]), least)
        self.assertGreaterEqual(contrast(dark["taken"], dark["card"]), SHAPE)
        self.assertGreaterEqual(contrast(dark["ring"], dark["floor"]), SHAPE)
