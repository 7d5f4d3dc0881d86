"""The CPU time that each compiled statement saves, as a share of a request.

`python -m benchmarks statements 1000` sends the same scenario of requests to the service, within
this process: with every statement compiled, and with one of them run as a plain queryset, in turns,
a thousand times each. Prints the median CPU times as JSON.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pkgutil import resolve_name
from statistics import median
from typing import Any
from unittest.mock import patch

from benchmarks.data import EMPTY_SEATS, busy_shows, empty_shows
from benchmarks.in_process import Service
from benchmarks.report import Goal, Row
from benchmarks.server import run_python
from core.db.statements import Statement

STATEMENTS = [
    "accounts.services.tokens.USER_OF_SESSION",
    "movies.locks.LOCKED_SHOW",
    "bookings.services.locking.LOCK_IF_FREE",
    "movies.cached_shows.SHOW",
    "movies.locks.PRICE_LIST",
    "bookings.occupancy.ALL_IF_ANY_TAKEN",
    "bookings.occupancy.SOME_SEATS_AND_OWN",
    "bookings.occupancy.ALL_SEATS",
    "bookings.hold_history.NOT_KEPT",
    "bookings.order_reading.ORDER",
    "bookings.services.locking.ORDER",
    "bookings.services.locking.BOOKINGS",
    "bookings.services.locking.REFUND_TIERS",
    "bookings.transitions.insert_later",
]
COMPILED, AGAIN = "every statement compiled", "every statement compiled, measured again"
VARIANTS = {
    COMPILED: [],
    AGAIN: [],  # shows how much the figures vary
    **{f"{'.'.join(name.split('.')[-2:])} as a queryset": [name] for name in STATEMENTS},
    "every statement as a queryset": STATEMENTS,
}
SHOWS = 1000  # other measures do not sell the last seats of these
WARM_UP = 30  # scenarios of each variant
SCENARIOS_A_SECOND = 20  # of the time that the options give to the rounds
GOAL = 1.1  # compile a statement only if its queryset adds a tenth to the CPU time of a request

Times = dict[str, float]  # {request: milliseconds}


def measure(bench: Any) -> Iterator[Row]:
    count = bench.options.seconds * bench.options.rounds * SCENARIOS_A_SECOND
    found: dict[str, Times] = json.loads(run_python(bench.url, "benchmarks", "statements", count))
    compiled = found.pop(COMPILED)
    for variant, times in found.items():
        ratios = {request: times[request] / compiled[request] for request in compiled}
        yield Row(
            f"CPU time, {variant}",
            service=", ".join(f"{request} {ratio:.2f}" for request, ratio in ratios.items()),
            against=", ".join(f"{request} {each:.2f} ms" for request, each in compiled.items()),
            value=max(ratios.values()),
            goal=None if variant == AGAIN else Goal.at_least(GOAL),
        )


def main(count: str) -> None:
    scenarios, rng = Scenarios(), random.Random(1)
    querysets = {name: queryset_of(resolve_name(name)) for name in STATEMENTS}
    times: dict[str, list[Times]] = {variant: [] for variant in VARIANTS}
    for number in range(WARM_UP + int(count)):
        for variant in rng.sample(list(VARIANTS), len(VARIANTS)):
            with replaced({name: querysets[name] for name in VARIANTS[variant]}):
                measured = scenarios.run()
            if number >= WARM_UP:
                times[variant].append(measured)
    json.dump({variant: medians(each) for variant, each in times.items()}, sys.stdout)


class Queryset(Statement):
    """A Statement that is built and compiled each time, as the ORM does with a queryset."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.queryset)
        self._compiled = self._compile  # type: ignore[assignment]  # without its cache


def queryset_of(statement: Any) -> Callable[..., Any]:
    """Return the Queryset of a Statement, or bulk_create for `insert_later`."""
    if isinstance(statement, Statement):
        return Queryset(statement)
    return lambda rows: type(rows[0]).objects.bulk_create(rows)


@contextmanager
def replaced(functions: dict[str, Callable[..., Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, function in functions.items():
            stack.enter_context(patch(name, function))
        yield


def medians(times: list[Times]) -> Times:
    return {request: median(each[request] for each in times) for request in times[0]}


class Scenarios:
    """Sends requests to the WSGI application, for other seats each time."""

    def __init__(self) -> None:
        self.service = Service()
        self.count = 0

    def run(self) -> Times:
        number, times = self.count, {}
        self.count += 1
        # Its cache entries have expired since the last round over all shows.
        show = f"/api/shows/{empty_shows()[number % SHOWS]}"
        small = f"/api/shows/{busy_shows()[0]}"
        seats = [str(EMPTY_SEATS - number // SHOWS * 3 - n) for n in range(3)]

        def post(request: str, path: str, body: Any, expected: int) -> Any:
            times[request], answer = self.service.send(
                "POST", path, expected, body, customer=number
            )
            return answer

        post("book, show not cached", f"{show}/book/", {"seat_number": seats[0]}, 201)
        post("book", f"{show}/book/", {"seat_number": seats[1]}, 201)
        order = post("hold", f"{show}/hold/", {"seat_numbers": [seats[2]]}, 201)
        post("confirm", f"/api/orders/{order['code']}/confirm/", {}, 200)
        order = post("hold best", f"{small}/hold/", {"best": 2}, 201)
        post("cancel", f"/api/orders/{order['code']}/cancel/", {}, 200)
        post("refusal", f"{small}/book/", {"seat_number": "1"}, 409)
        return times
