import random
from typing import Any

from django.core.management.base import BaseCommand

from demo.halls import GRAND
from movies.seating.json_format import read_plan
from movies.seating.svg import SeatShape, draw
from movies.seating.text_format import parse_text

SHAPES = {"Couple": SeatShape.COUPLE, "Wheelchair": SeatShape.WHEELCHAIR}


class Command(BaseCommand):
    help = "Prints the picture of a demo hall that docs/hall.svg keeps for the README."

    def handle(self, **options: Any) -> None:
        plan = read_plan(parse_text(GRAND, "Astoria grand"))
        choice = random.Random(7)  # noqa: S311 - the same picture in every run
        statuses: dict[str, str] = {}
        for run in plan.runs:
            if choice.random() < 0.4:
                party = run[: choice.choice([2, 3, 4])]
                status = choice.choice(["booked", "booked", "held", "blocked"])
                statuses |= {seat.number: status for seat in party}
        self.stdout.write(draw(plan, statuses, title="Astoria, Screen 1", shapes=SHAPES))
