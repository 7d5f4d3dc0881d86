"""Does the service get slower as bookings accumulate over the years? On PostgreSQL."""

import json
from collections import Counter
from contextlib import contextmanager
from statistics import median

from benchmarks.data import (
    BASE_BOOKINGS,
    BOOKINGS_OF_A_CUSTOMER,
    EMPTY_SEATS,
    EMPTY_TAKEN,
    empty_shows,
)
from benchmarks.databases import filled
from benchmarks.report import Goal, Row
from benchmarks.server import run_python, serving
from benchmarks.wrk import Plan, send

SIZES = [1_000_000, 10_000_000]  # compared with BASE_BOOKINGS
CLIENTS = 2  # so few that requests do not queue
WARM_UP = 4  # seconds
GOAL = 1.1


def measure(bench):
    if bench.database != "postgres":
        return
    sent: Counter[str] = Counter()  # requests by kind: the small database cannot sell a seat again
    with _filled(bench, BASE_BOOKINGS) as small:
        for size in SIZES:
            if size <= bench.options.growth:
                with _filled(bench, size) as large:
                    yield from _compare(bench, small, large, size, sent)
                    yield _plans(large[0], size)


@contextmanager
def _filled(bench, size):
    """Yield the URL and a server of a database with so many bookings."""
    with (
        filled(bench.url, f"growth_{size}", size) as url,
        serving(url, bench.options, bench.log) as server,
    ):
        yield url, server


def _compare(bench, small, large, size, sent):
    """Yield a row for each kind of request, measured in turns on both databases."""
    for name, plan in _requests(bench).items():
        ratios, times = [], []
        for number in range(bench.options.rounds + 1):
            of_small, of_large = (
                send(
                    server,
                    plan._replace(start=sent[name]),
                    bench.options.seconds if number else WARM_UP,
                )
                for _, server in (small, large)
            )
            sent[name] += max(of_small.issued, of_large.issued)
            if number:
                ratios.append(of_large.p50 / of_small.p50)
                times.append((of_large.p50 * 1000, of_small.p50 * 1000))
        yield Row(
            f"p50 of {name}, {size:,} bookings",
            service=f"{median(a for a, _ in times):.2f} ms",
            against=f"{BASE_BOOKINGS:,} bookings: {median(b for _, b in times):.2f} ms",
            value=median(ratios),
            goal=Goal.at_most(GOAL),
        )


def _requests(bench):
    """Return {kind: plan}. There are too many shows for the cache, so availability is read."""
    shows = empty_shows()
    with_bookings = bench.tokens[: BASE_BOOKINGS // BOOKINGS_OF_A_CUSTOMER]
    read = Plan("GET", [], expected=200, clients=CLIENTS)
    return {
        "availability": read._replace(
            targets=[{"path": f"/api/shows/{show}/availability/"} for show in shows]
        ),
        "my-bookings": read._replace(targets=[{"path": "/api/my-bookings/"}], tokens=with_bookings),
        "book": Plan(
            "POST",
            [{"path": f"/api/shows/{show}/book/"} for show in shows],
            expected=201,
            tokens=bench.tokens[len(with_bookings) :],
            body='{"seat_number": "%d"}',
            clients=CLIENTS,
            spread=200,
            seats=EMPTY_SEATS - EMPTY_TAKEN,
            first_seat=EMPTY_TAKEN + 1,
        ),
    }


def _plans(url, size):
    found = json.loads(run_python(url, "benchmarks", "plans"))
    scans = [f"{name}: {scan}" for name, report in found.items() for scan in report["scans"]]
    counts = ", ".join(f"{name} {report['queries']}" for name, report in found.items())
    return Row(
        f"full scans of large tables, {size:,} bookings",
        service="; ".join(scans) or f"none in the queries of {counts}",
        value=len(scans),
        goal=Goal.at_most(0),
    )
