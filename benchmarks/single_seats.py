"""Bookings of seats on screens that check for single seats, compared with one that does not."""

from itertools import product
from statistics import median

import psycopg

from benchmarks.data import BASE_BOOKINGS, EMPTY_TAKEN, empty_shows
from benchmarks.databases import filled
from benchmarks.report import Goal, Row
from benchmarks.server import serving
from benchmarks.wrk import Plan

HALLS = [500, 5000]  # seats
TAKEN = 0.4  # of the seats, the first ones of the hall
RULES = ["off", "warn", "reject"]
SHOWS = 60  # of each hall and rule
GOAL = 1.3
ADD_SCREENS = """
    INSERT INTO movies_screen (cinema_id, name, single_seats, turnaround_minutes)
    SELECT 1, rule, rule, 15 FROM unnest(%s::text[]) AS rule
    RETURNING single_seats, id
"""
TAKE_SEATS = """
    INSERT INTO bookings_booking (show_id, seat_number, status, price, payment_reference, currency,
        created_at, request_id, booked_request_id, cancel_reason, end_request_id, block_reason,
        blocked_by_id)
    SELECT show, seat, 'blocked', 0, '', '', now(), '', '', '', '', '', 1
    FROM unnest(%s::int[]) AS show, generate_series(%s::int, %s::int) AS seat
"""


def measure(bench):
    """Yield a row for each size of a hall and each rule: the CPU time of the server's processes."""
    from benchmarks.measures import ratio_of, take_turns

    if bench.database != "postgres":
        return
    with filled(bench.url, "single_seats", BASE_BOOKINGS) as url:
        shows = _change_halls(url)
        with serving(url, bench.options, bench.log) as server:
            for seats in HALLS:
                plans = [_booking(bench.tokens, shows[seats, rule], seats) for rule in RULES]
                off, *others = take_turns(bench._replace(server=server), *plans)
                for rule, samples in zip(RULES[1:], others, strict=True):
                    ratio, cpu, without = ratio_of(samples, off, "cpu")
                    yield Row(
                        f"CPU seconds for 1,000 bookings, {seats:,} seats, single seats: {rule}",
                        service=f"{cpu:.2f} s, p50 {median(s.p50 for s in samples) * 1000:.1f} ms",
                        against=f"off: {without:.2f} s",
                        value=ratio,
                        goal=Goal.at_most(GOAL),
                    )


def _change_halls(url):
    """Give shows a screen of each rule and a hall of each size; return {(seats, rule): shows}."""
    shows = {
        hall: empty_shows()[nth * SHOWS : (nth + 1) * SHOWS]
        for nth, hall in enumerate(product(HALLS, RULES))
    }
    with psycopg.connect(url) as connection:
        screens: dict[str, int] = dict(connection.execute(ADD_SCREENS, [RULES]).fetchall())
        for (seats, rule), group in shows.items():
            connection.execute(
                "UPDATE movies_show SET screen_id = %s, total_seats = %s WHERE id = ANY(%s)",
                [screens[rule], seats, group],
            )
            connection.execute(TAKE_SEATS, [group, EMPTY_TAKEN + 1, _taken_of(seats)])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return shows


def _booking(tokens, shows, seats):
    return Plan(
        "POST",
        [{"path": f"/api/shows/{show}/book/"} for show in shows],
        expected=201,
        tokens=tokens,
        body='{"seat_number": "%d"}',
        spread=len(shows),
        seats=seats - _taken_of(seats),
        first_seat=_taken_of(seats) + 1,
    )


def _taken_of(seats):
    return int(seats * TAKEN)
