"""Where the CPU time of a request goes, by component.

`python -m benchmarks components 20` sends each request for so many seconds of CPU time, one after
the other within this process, and looks a thousand times a second where the process is. Prints the
shares as JSON.
"""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from benchmarks.data import EMPTY_SEATS, empty_shows
from benchmarks.in_process import Service
from benchmarks.report import Row
from benchmarks.server import run_python

# A sample belongs to the innermost of these functions that it is in.
COMPONENTS = {
    "django.core.handlers.wsgi.WSGIHandler.__call__": "middleware, URLs, the log",
    "rest_framework.views.APIView.dispatch": "REST framework, beside the lines below",
    "accounts.authentication.TokenAuthentication.get_validated_token": "the signature of the token",
    "accounts.services.tokens.user_of": "the row of the user",
    "core.http.serving.validated": "checking the input",
    "bookings.services.selling._precheck": "the precheck, by the cached show",
    "bookings.services.locking.lock_for_sale": "locking the show, looking at its seats",
    "bookings.services.selling.take_seats": "applying the rules",
    "bookings.transitions.place_order": "building the rows",
    "django.db.transaction.Atomic.__exit__": "writing the rows, COMMIT",
    "bookings.order_reading.read_order": "reading the order",
    "core.http.serving.answer": "representing the answer",
}
OUTSIDE = "the server's own work"
DRIVER = "psycopg."
EVERY = 0.001  # seconds of CPU time from one sample to the next
WARM_UP = 300  # requests
LEAST = 0.01  # smaller shares are left out
SHOWS, LAST_SHOWS = 200, 100  # booked by the measure; the last ones have the customers' orders


def measure(bench: Any) -> Iterator[Row]:
    if bench.database != "postgres":
        return
    seconds = bench.options.seconds * bench.options.rounds
    for request, found in json.loads(
        run_python(bench.url, "benchmarks", "components", seconds)
    ).items():
        yield Row(f"CPU time, {request}", service=f"{found['milliseconds']:.2f} ms")
        for component, (share, driver) in found["shares"].items():
            yield Row(
                f"{request}: {component}",
                service=f"{share:.0%}" + (f", {driver:.0%} in psycopg" if driver > LEAST else ""),
            )


def main(seconds: str) -> None:
    service = Service()
    requests = {"book": booking(service), "auth/me/": me(service), "own order": own_order(service)}
    report = {}
    for name, send in requests.items():
        for _ in range(WARM_UP):
            send()
        with sampled() as samples:
            times, ends = [], time.process_time() + float(seconds)
            while time.process_time() < ends:
                times.append(send())
        report[name] = {
            "milliseconds": sum(times) / len(times),
            "shares": shares_of(samples),
        }
    json.dump(report, sys.stdout)


def booking(service: Service) -> Callable[[], float]:
    shows, number = empty_shows()[-SHOWS - LAST_SHOWS : -LAST_SHOWS], -1

    def send() -> float:
        nonlocal number
        number += 1
        seat = {"seat_number": str(EMPTY_SEATS - number // SHOWS)}
        path = f"/api/shows/{shows[number % SHOWS]}/book/"
        return service.send("POST", path, 201, seat, customer=number)[0]

    return send


def me(service: Service) -> Callable[[], float]:
    return lambda: service.send("GET", "/api/auth/me/", 200)[0]


def own_order(service: Service) -> Callable[[], float]:
    seat = {"seat_number": str(EMPTY_SEATS)}
    _, booked = service.send("POST", f"/api/shows/{empty_shows()[-1]}/book/", 201, seat)
    return lambda: service.send("GET", f"/api/orders/{booked['order']}/", 200)[0]


@contextmanager
def sampled() -> Iterator[Counter[tuple[str, bool]]]:
    """Count the samples of the block by component, and by whether they are in psycopg."""
    samples: Counter[tuple[str, bool]] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        samples[component_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def component_of(frame: FrameType | None) -> tuple[str, bool]:
    in_driver = False
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        in_driver = in_driver or module.startswith(DRIVER)
        if component := COMPONENTS.get(f"{module}.{frame.f_code.co_qualname}"):
            return component, in_driver
        frame = frame.f_back
    return OUTSIDE, in_driver


def shares_of(samples: Counter[tuple[str, bool]]) -> dict[str, tuple[float, float]]:
    """Return {component: (share of all samples, share that is in psycopg)}, the largest first."""
    total = samples.total()
    shares = {
        name: ((samples[name, False] + samples[name, True]) / total, samples[name, True] / total)
        for name, _ in samples
    }
    ordered = sorted(shares.items(), key=lambda item: -item[1][0])
    return {name: found for name, found in ordered if found[0] >= LEAST}
