"""Reads and bookings while many clients log in at the same moment.

A hash of a password takes a core for a tenth of a second or longer, so log-ins must not take all
threads of the server.
"""

import json
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from itertools import count
from time import perf_counter

from benchmarks.data import EMPTY_TAKEN, empty_shows
from benchmarks.report import Goal, Row

CLIENTS = 32
WARM_UP, SECONDS = 4, 10
AVAILABILITY_GOAL, BOOK_GOAL = 1, 1  # seconds, the slowest


def measure(bench):
    show = empty_shows()[-1]
    first = EMPTY_TAKEN + 1 + len(_visit(bench, show, EMPTY_TAKEN + 1, WARM_UP)[0])
    ends = time.monotonic() + SECONDS
    answers: Counter[int] = Counter()
    threads = [
        threading.Thread(target=_log_in, args=(bench.server.port, number, ends, answers))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    reads, bookings = _visit(bench, show, first, SECONDS)
    for thread in threads:
        thread.join()
    log_ins = f"{answers[401]} passwords checked, {answers[429]} times 429"
    for title, times, goal in (
        ("availability/", reads, AVAILABILITY_GOAL),
        ("book", bookings, BOOK_GOAL),
    ):
        yield Row(
            f"{title}, slowest of {len(times)} beside {CLIENTS} clients that log in",
            service=f"{max(times):.2f} s",
            against=log_ins,
            value=max(times),
            goal=Goal.at_most(goal, "s"),
        )


def _log_in(port, number, ends, answers):
    """Send log-ins with unknown names, each with another one, one after the other."""
    connection = HTTPConnection("127.0.0.1", port)
    for attempt in count():
        if time.monotonic() > ends:
            break
        body = {"username": f"nobody-{number}-{attempt}", "password": "wrong"}
        _, status = _send(connection, "POST", "/api/auth/login/", {}, body)
        answers[status] += 1
    connection.close()


def _visit(bench, show, first_seat, seconds):
    """Read the availability of a show and book a seat, in turn; return the seconds of both."""
    ends = time.monotonic() + seconds
    connection, reads, bookings = HTTPConnection("127.0.0.1", bench.server.port), [], []
    for nth, seat in enumerate(count(first_seat)):
        if time.monotonic() > ends:
            break
        took, _ = _send(connection, "GET", f"/api/shows/{show}/availability/", {})
        reads.append(took)
        token = {"Authorization": f"Bearer {bench.tokens[nth % len(bench.tokens)]}"}
        body = {"seat_number": str(seat)}
        took, status = _send(connection, "POST", f"/api/shows/{show}/book/", token, body)
        if status != 201:
            raise RuntimeError(f"Seat {seat} was not sold: {status}")
        bookings.append(took)
        time.sleep(0.02)
    connection.close()
    return reads, bookings


def _send(connection, method, path, headers, body=None):
    started = perf_counter()
    headers = headers | {"Content-Type": "application/json"}
    connection.request(method, path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    return perf_counter() - started, answer.status
