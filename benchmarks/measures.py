"""The measures, by the names that the option ONLY takes."""

import json
import sqlite3
from contextlib import closing
from statistics import median
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg

from benchmarks import (
    components,
    concurrency,
    growth,
    latency,
    log_ins,
    opening,
    pgbench,
    single_seats,
    start,
    statements,
)
from benchmarks.data import (
    BASE_BOOKINGS,
    EMPTY_SEATS,
    EMPTY_TAKEN,
    SALE_SEATS,
    SALE_SHOW,
    busy_shows,
    empty_shows,
)
from benchmarks.databases import filled
from benchmarks.report import Goal, Row
from benchmarks.server import Server, run_python, serving
from benchmarks.wrk import Plan, send

CONSTANT = "/benchmark/constant/"
SERVICE, FLOOR = "/api", "/benchmark"
SPREAD = 200  # shows that are booked at the same time
WARM_UP = 4  # seconds: the first request for a hall reads its plan
READERS = 50  # customers
BUYERS, SALE_GOAL = 2000, 2  # clients; seconds, the 99th percentile
SALE_DISTANCE, SALE_GOAL_FAR = 0.5, 1.5  # milliseconds of a round trip; seconds


class Bench(NamedTuple):
    """The server, the database and the options of a measure."""

    database: str
    url: str
    server: Server
    options: object
    tokens: list[str]
    log: object


class Sample(NamedTuple):
    """The result of one round."""

    rate: float  # answers a second
    cpu: float  # seconds of the server's processes, for 1,000 answers
    p50: float  # seconds


def take_turns(bench, *plans):
    """Run the plans in alternating rounds; return a list of Samples for each plan.

    Plans that need free seats continue where the previous round ended.
    """
    samples: list[list[Sample]] = [[] for _ in plans]
    position = 0
    for number in range(bench.options.rounds + 1):
        seconds = bench.options.seconds if number else WARM_UP
        for plan, found in zip(plans, samples, strict=True):
            cpu = bench.server.cpu_seconds()
            round_ = send(bench.server, plan._replace(start=position), seconds)
            cpu = bench.server.cpu_seconds() - cpu
            position += round_.issued
            if number:
                found.append(Sample(round_.rate, cpu / round_.answers * 1000, round_.p50))
    return samples


def ratio_of(ours, theirs, name):
    """Return the median of the ratios of the rounds, and the medians of both plans."""
    pairs = [(getattr(a, name), getattr(b, name)) for a, b in zip(ours, theirs, strict=True)]
    return (
        median(a / b for a, b in pairs),
        median(a for a, _ in pairs),
        median(b for _, b in pairs),
    )


def rate_row(title, goal, against, ours, theirs):
    ratio, rate, other = ratio_of(ours, theirs, "rate")
    return Row(
        title,
        service=f"{rate:,.0f}/s, p50 {median(s.p50 for s in ours) * 1000:.1f} ms",
        against=f"{against}: {other:,.0f}/s",
        value=ratio,
        goal=Goal.at_least(goal),
    )


def booking_plans(bench, shows, spread):
    service = Plan(
        "POST",
        [{"path": f"{SERVICE}/shows/{show}/book/"} for show in shows],
        expected=201,
        tokens=bench.tokens,
        body='{"seat_number": "%d"}',
        spread=spread,
        seats=EMPTY_SEATS - EMPTY_TAKEN,
        first_seat=EMPTY_TAKEN + 1,
    )
    floor = [{"path": target["path"].replace(SERVICE, FLOOR, 1)} for target in service.targets]
    return service, service._replace(targets=floor)


def book(bench):
    service, floor = booking_plans(bench, empty_shows()[: 5 * SPREAD], SPREAD)
    ours, theirs = take_turns(bench, service, floor)
    yield rate_row(f"book, {SPREAD} shows", 0.65, "floor", ours, theirs)
    ratio, cpu, other = ratio_of(ours, theirs, "cpu")
    yield Row(
        "CPU seconds of the server for 1,000 bookings",
        service=f"{cpu:.2f} s",
        against=f"floor: {other:.2f} s",
        value=ratio,
        goal=Goal.at_most(1.6),
    )


def hot(bench):
    """Book one show after the other, each until it is sold out."""
    service, floor = booking_plans(bench, empty_shows()[5 * SPREAD :], 1)
    yield rate_row("book, one hot show", 0.7, "floor", *take_turns(bench, service, floor))


def refusal(bench):
    service = Plan(
        "POST",
        [{"path": f"/api/shows/{busy_shows()[0]}/book/"}],
        expected=409,
        tokens=bench.tokens,
        body='{"seat_number": "1"}',
        clients=64,
    )
    constant = service._replace(targets=[{"path": CONSTANT}], expected=200)
    samples = take_turns(bench, service, constant)
    yield rate_row("book a sold seat, 64 clients", 0.25, "constant", *samples)
    with show_locked(bench.url, busy_shows()[0]):
        status, _ = fetch(bench, service.targets[0]["path"], service.body)
    yield Row(
        "book a sold seat while another transaction has the lock",
        service=f"answered {status}",
        value=float(status == 409),
        goal=Goal.at_least(1),
    )


def show_locked(url, show):
    """Open a transaction that keeps the lock of the show, as another writer would."""
    if url.startswith("sqlite"):
        database = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        return closing(database)
    connection = psycopg.connect(url)
    connection.execute("SELECT 1 FROM movies_show WHERE id = %s FOR UPDATE", [show])
    return connection


def fetch(bench, path, body=None):
    """Return the status and the headers of an answer, also of an error."""
    request = Request(bench.server.url + path, body and body.encode())
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {bench.tokens[0]}")
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers
    except HTTPError as error:
        return error.code, error.headers


def reading(title, paths, goal, goal_304):
    """Return a measure that reads these paths, first in full and then with their ETag."""

    def measure(bench):
        service = Plan("GET", [{"path": path} for path in paths], expected=200)
        constant = Plan("GET", [{"path": CONSTANT}], expected=200)
        yield rate_row(title, goal, "constant", *take_turns(bench, service, constant))
        tagged = [{"path": path, "etag": fetch(bench, path)[1]["ETag"]} for path in paths]
        again = service._replace(targets=tagged, expected=304)
        samples = take_turns(bench, again, constant)
        yield rate_row(f"{title}, unchanged", goal_304, "constant", *samples)

    return measure


def signed_in(bench):
    """Read what is the customer's own; the CPU time of the server's processes."""
    tokens = bench.tokens[:READERS]
    orders = [newest_order(bench.server, token) for token in tokens]
    constant = Plan("GET", [{"path": CONSTANT}], expected=200, tokens=tokens)
    me = constant._replace(targets=[{"path": "/api/auth/me/"}])
    order = constant._replace(targets=[{"path": f"/api/orders/{code}/"} for code in orders])
    *reads, theirs = take_turns(bench, me, order, constant)
    for title, ours in zip(["auth/me/", "own order"], reads, strict=True):
        ratio, cpu, other = ratio_of(ours, theirs, "cpu")
        yield Row(
            f"{title}: CPU seconds of the server for 1,000 answers",
            service=f"{cpu:.2f} s",
            against=f"constant: {other:.2f} s",
            value=ratio,
            goal=Goal.at_most(3),
        )


def newest_order(server, token):
    """Return the code of the customer's newest order."""
    request = Request(f"{server.url}/api/orders/?page_size=1")
    request.add_header("Authorization", f"Bearer {token}")
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)["results"][0]["code"]


def sell_out(bench):
    """Sell out a show, and on PostgreSQL another one while the database is on another machine."""
    yield from sale_rows("sell-out", bench.url, bench.server, SALE_GOAL)
    if bench.database != "postgres":
        return
    with (
        filled(bench.url, "sale", BASE_BOOKINGS) as url,
        latency.farther(url, SALE_DISTANCE) as far,
        serving(far, bench.options, bench.log) as server,
    ):
        plan, _ = booking_plans(bench, empty_shows()[:SPREAD], SPREAD)
        send(server, plan, WARM_UP)
        title = f"sell-out, {SALE_DISTANCE} ms"
        yield from sale_rows(title, url, server, SALE_GOAL_FAR)


def sale_rows(title, url, server, goal):
    report = json.loads(run_python(url, "benchmarks", "sell_out", server.url, SALE_SHOW, BUYERS))
    statuses = ", ".join(f"{count:,} × {status}" for status, count in report["statuses"].items())
    yield Row(
        f"{title}: {BUYERS:,} clients in {report['arrivals']} s, {SALE_SEATS} seats, "
        "99th percentile",
        service=f"p50 {report['p50']:.2f} s, p99 {report['p99']:.2f} s; {statuses}",
        value=report["p99"],
        goal=Goal.at_most(goal, "s"),
    )
    faults = [status for status in report["statuses"] if int(status) >= 500 or int(status) == 0]
    yield Row(
        f"{title}: seats sold, each once, without server errors",
        service=f"{report['sold']} of {SALE_SEATS}, in {report['seconds']:.0f} s",
        value=report["sold"] / SALE_SEATS if not faults else 0.0,
        goal=Goal.at_least(1),
    )


MEASURES = {
    "book": book,
    "hot": hot,
    "refusal": refusal,
    "availability": reading(
        "availability/", [f"/api/shows/{show}/availability/" for show in busy_shows()], 0.5, 0.6
    ),
    "seats": reading("seats/", [f"/api/shows/{show}/seats/" for show in busy_shows()], 0.5, 0.6),
    "svg": reading(
        "seats.svg", [f"/api/shows/{show}/seats.svg" for show in busy_shows()], 0.5, 0.6
    ),
    "movies": reading("movies/", ["/api/movies/"], 0.4, 0.6),
    "shows": reading("movies/{id}/shows/", ["/api/movies/1/shows/"], 0.4, 0.6),
    "sellout": sell_out,
    "signed_in": signed_in,
    "pgbench": pgbench.measure,
    "growth": growth.measure,
    "latency": lambda bench: latency.measure(bench, SPREAD),
    "opening": opening.measure,
    "log_ins": log_ins.measure,
    "single": single_seats.measure,
    "components": components.measure,
    "concurrency": lambda bench: concurrency.measure(bench, SPREAD),
    "start": start.measure,
    "statements": statements.measure,
}
NOT_BY_DEFAULT = {"components", "concurrency", "start", "statements"}
