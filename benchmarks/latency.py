"""Bookings while PostgreSQL is on another machine: a relay adds the time of the round trips."""

import subprocess
import sys
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import psycopg

from benchmarks.data import BASE_BOOKINGS, empty_shows
from benchmarks.databases import filled
from benchmarks.report import Goal, Row
from benchmarks.server import BASE_DIR, serving

ROUND_TRIPS = [0, 0.5, 1]  # milliseconds that the relay adds
SPREAD_GOALS: dict[float, float] = {0: 0.65, 1: 0.8}
HOT_GOALS: dict[float, float] = {0: 0.7, 0.5: 1.3, 1: 1.5}
SHOWS_SPREAD, SHOWS_HOT = 400, 100  # for each round trip
PROBES = 200


def measure(bench, spread):
    """Yield a row for each round trip: the relay, bookings of `spread` shows, and of one."""
    from benchmarks.measures import booking_plans, rate_row, take_turns

    if bench.database != "postgres":
        return
    with filled(bench.url, "latency", BASE_BOOKINGS) as url:
        for nth, added in enumerate(ROUND_TRIPS):
            spread_shows = empty_shows()[nth * SHOWS_SPREAD : (nth + 1) * SHOWS_SPREAD]
            hot_shows = empty_shows()[-(nth + 1) * SHOWS_HOT :][:SHOWS_HOT]
            with (
                farther(url, added) as far,
                serving(far, bench.options, bench.log) as server,
            ):
                if added:
                    yield Row(
                        f"the relay of {added} ms adds",
                        service=f"{(round_trip(far) - round_trip(url)) * 1000:.2f} ms",
                    )
                for title, shows, width, goals in [
                    (f"book, {spread} shows", spread_shows, spread, SPREAD_GOALS),
                    ("book, one hot show", hot_shows, 1, HOT_GOALS),
                ]:
                    plans = booking_plans(bench, shows, width)
                    samples = take_turns(bench._replace(server=server), *plans)
                    row = rate_row(f"{title}, {added} ms", 0, "floor", *samples)
                    goal = goals.get(added)
                    yield row._replace(goal=goal and Goal.at_least(goal))


@contextmanager
def farther(url, milliseconds):
    """Yield the URL of the database behind a relay that adds this to each round trip."""
    with behind_relay(url, 0) as near:
        own_time = (round_trip(near) - round_trip(url)) * 1000
    with behind_relay(url, milliseconds - own_time) as far:
        yield far


@contextmanager
def behind_relay(url, milliseconds):
    """Yield the URL of the database behind a relay, which runs in a process of its own.

    With a negative delay, shorter than the relay needs by itself, there is no relay.
    """
    if milliseconds < 0:
        yield url
        return
    with psycopg.connect(url) as connection:
        info = connection.info
        server, database = [info.host, str(info.port)], f"{info.user}@127.0.0.1"
        name = info.dbname
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.relay", *server, str(milliseconds / 1000)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        port = int(process.stdout.readline())
        yield f"postgres://{database}:{port}/{name}"
    finally:
        process.terminate()
        process.wait()


def round_trip(url):
    """Return the median time of the shortest statement, in seconds."""
    times = []
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(PROBES):
            started = perf_counter()
            connection.execute("")
            times.append(perf_counter() - started)
    return median(times)
