"""The table of results, in Markdown, and its picture."""

import json
import sys
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple


class Goal(NamedTuple):
    bound: float
    is_minimum: bool
    unit: str = ""

    @classmethod
    def at_least(cls, bound, unit=""):
        return cls(bound, True, unit)

    @classmethod
    def at_most(cls, bound, unit=""):
        return cls(bound, False, unit)

    def __str__(self):
        return f"{'≥' if self.is_minimum else '≤'} {self.bound:g}{self.unit and ' ' + self.unit}"

    def is_met_by(self, value):
        return value >= self.bound if self.is_minimum else value <= self.bound


class Row(NamedTuple):
    """One result. Without a goal it is only reported."""

    title: str
    service: str
    against: str = ""
    value: float | None = None  # the goal is about this value, usually a ratio
    goal: Goal | None = None
    database: str = ""

    @property
    def is_met(self):
        return self.goal is None or self.goal.is_met_by(self.value)

    @property
    def cells(self):
        return [
            self.title,
            self.database,
            self.service,
            self.against,
            "" if self.value is None else f"{self.value:.2f}",
            str(self.goal or ""),
            "" if self.goal is None else "yes" if self.is_met else "**no**",
        ]


HEADINGS = ["measure", "database", "service", "compared with", "ratio", "goal", "met"]


def print_row(row):
    """Print one line as soon as the row is known."""
    sys.stdout.write("  ".join(filter(None, row.cells)).replace("**", "") + "\n")
    sys.stdout.flush()


def write(rows, folder):
    """Write results.md, results.svg and results.json to the folder, and print the table."""
    table = markdown(rows)
    sys.stdout.write(f"\n{table}\n")
    written = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{table}"
    (folder / "results.md").write_text(written)
    (folder / "results.svg").write_text(picture(rows))
    (folder / "results.json").write_text(json.dumps([row._asdict() for row in rows], indent=1))


def markdown(rows):
    lines = [HEADINGS, ["---"] * len(HEADINGS), *(row.cells for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


WIDTH, LEFT, UNIT, LINE = 920, 440, 220, 26  # UNIT is the length of a goal
MET, MISSED, INK = "#3b7d4f", "#b5483d", "#333333"


def picture(rows):
    """Return an SVG with a bar for each row with a goal. All goals have the same length."""
    bars = [row for row in rows if row.goal]
    height = LINE * (len(bars) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        "<title>Results compared with the goals</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, row in enumerate(bars, 1):
        y = LINE * number
        share = min(row.value / row.goal.bound, 1.5) if row.goal.bound else row.value
        text = f"{row.value:.2f}, goal {row.goal}"
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">'
            f"{escape(row.title)}, {row.database}</text>",
            f'<rect x="{LEFT}" y="{y + 4}" width="{share * UNIT:.0f}" height="{LINE - 8}" '
            f'fill="{MET if row.is_met else MISSED}"/>',
            f'<text x="{LEFT + share * UNIT + 6:.0f}" y="{y + 17}">{text}</text>',
        ]
    parts += [
        f'<line x1="{LEFT + UNIT}" y1="{LINE - 4}" x2="{LEFT + UNIT}" y2="{height - LINE + 4}" '
        f'stroke="{INK}" stroke-dasharray="4 3"/>',
        f'<text x="{LEFT + UNIT}" y="{LINE - 10}" text-anchor="middle">goal</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)
