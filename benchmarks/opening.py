"""The opening of sales: does a new show get slower with the seats that are sold?

On PostgreSQL without statistics about the show, as in the first minutes of a show everybody wants.
"""

import json
from http.client import HTTPConnection
from statistics import median
from time import perf_counter

from benchmarks.data import BASE_BOOKINGS, EMPTY_SEATS, EMPTY_TAKEN, empty_shows
from benchmarks.databases import filled
from benchmarks.report import Goal, Row
from benchmarks.server import serving

WARM_UP, COMPARED = 200, 100  # bookings; the first ones prepare statements
GOAL = 1.2


def measure(bench):
    if bench.database != "postgres":
        return
    with (
        filled(bench.url, "opening", BASE_BOOKINGS, "unanalyzed") as url,
        serving(url, bench.options, bench.log) as server,
    ):
        warm, show = empty_shows()[-2:]
        _sell(server, bench.tokens, warm, range(EMPTY_TAKEN + 1, EMPTY_TAKEN + 1 + WARM_UP))
        times = _sell(server, bench.tokens, show, range(EMPTY_TAKEN + 1, EMPTY_SEATS + 1))
    first, last = median(times[:COMPARED]), median(times[-COMPARED:])
    yield Row(
        f"opening of sales: p50 of the last {COMPARED} of {EMPTY_SEATS:,} seats",
        service=f"{last * 1000:.2f} ms",
        against=f"the first {COMPARED}: {first * 1000:.2f} ms",
        value=last / first,
        goal=Goal.at_most(GOAL),
    )


def _sell(server, tokens, show, seats):
    """Book the seats one after the other, each for the next customer; return the seconds."""
    connection, times = HTTPConnection("127.0.0.1", server.port), []
    for nth, seat in enumerate(seats):
        headers = {
            "Authorization": f"Bearer {tokens[nth % len(tokens)]}",
            "Content-Type": "application/json",
        }
        started = perf_counter()
        connection.request(
            "POST", f"/api/shows/{show}/book/", json.dumps({"seat_number": str(seat)}), headers
        )
        answer = connection.getresponse()
        body = answer.read()
        times.append(perf_counter() - started)
        if answer.status != 201:
            raise RuntimeError(f"Seat {seat} was not sold: {body.decode()}")
    connection.close()
    return times
