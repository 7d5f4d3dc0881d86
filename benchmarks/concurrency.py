"""Numbers of workers and threads, compared with the default ones in alternating rounds."""

import argparse
from contextlib import ExitStack
from statistics import median

from benchmarks.data import empty_shows
from benchmarks.latency import farther
from benchmarks.report import Row
from benchmarks.server import serving
from benchmarks.wrk import Round, send

DEFAULT = (2, 2)
NEAR = [DEFAULT, (1, 2), (1, 4), (1, 8), (2, 3), (2, 4), (2, 8), (3, 2), (4, 2)]
FAR = [DEFAULT, (2, 4), (2, 8), (4, 2), (4, 4)]
DISTANCE = 1  # millisecond of a round trip to the database
SHOWS = 400  # for one measure
WARM_UP = 3  # seconds


def measure(bench, spread):
    """Yield a row for each pair of workers and threads: bookings of many shows, and of one."""
    if bench.database != "postgres":
        return
    yield from rows_of(bench, NEAR, bench.url, "", [(spread, 0), (1, 1)])
    with farther(bench.url, DISTANCE) as far:
        yield from rows_of(bench, FAR, far, f", {DISTANCE} ms", [(spread, 2), (1, 3)])


def rows_of(bench, settings, url, distance, measures):
    """Yield the rows of servers with these settings. A measure has its own part of the shows."""
    from benchmarks.measures import booking_plans

    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(url, counts(*setting), bench.log)) for setting in settings
        ]
        for width, part in measures:
            shows = empty_shows()[part * SHOWS : (part + 1) * SHOWS]
            plan, _ = booking_plans(bench, shows, width)
            found = rounds_of(servers, plan, bench.options)
            title = "book, one hot show" if width == 1 else f"book, {width} shows"
            for (workers, threads), samples in zip(settings, found, strict=True):
                rate = median(sample.rate for sample in samples)
                latest = median(sample.p99 for sample in samples)
                yield Row(
                    f"{title}{distance}: {workers} workers, {threads} threads",
                    service=f"{rate:,.0f}/s, p99 {latest * 1000:.0f} ms",
                    against=f"{DEFAULT[0]} workers, {DEFAULT[1]} threads",
                    value=median(
                        ours.rate / theirs.rate
                        for ours, theirs in zip(samples, found[0], strict=True)
                    ),
                )


def counts(workers, threads):
    return argparse.Namespace(workers=workers, threads=threads)


def rounds_of(servers, plan, options):
    """Send the plan to each server in turn; return the Rounds of each."""
    found: list[list[Round]] = [[] for _ in servers]
    position = 0
    for number in range(options.rounds + 1):
        seconds = options.seconds if number else WARM_UP
        for server, samples in zip(servers, found, strict=True):
            sent = send(server, plan._replace(start=position), seconds)
            position += sent.issued
            if number:
                samples.append(sent)
    return found
