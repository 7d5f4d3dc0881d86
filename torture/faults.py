"""Faults that the checker must find: `granian torture.faults:application` serves with one of them.

TORTURE_FAULT names the fault. The code of the service stays as it is: a fault replaces public names
in the memory of the server under test, or damages its database.
"""

import asyncio
import functools
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from torture.replacing import ensure_replaceable, replace

# Seconds. The longer pause is for requests that seldom meet.
SLOW, VERY_SLOW = 0.05, 0.5


class Replacement(NamedTuple):
    place: Any  # a module, a class or a dict
    name: str
    new: Any


class Fault(NamedTuple):
    """`replacements` are made in each server process, `damage` is done once before they start."""

    replacements: Callable[[], list[Replacement]] = list
    damage: Callable[[], None] | None = None


def no_lock() -> list[Replacement]:
    """Let the writers of a show run at the same time.

    They write slowly, as on a busy disk. Otherwise reading and writing are so close together that a
    short run may have no race.
    """
    from bookings import transitions
    from bookings.services import moving, selling
    from movies.models.shows import ShowQuerySet

    return [
        Replacement(ShowQuerySet, "locked", lambda shows: shows.all()),
        Replacement(selling, "place_order", slowly(transitions.place_order)),
        Replacement(moving, "move_to", slowly(transitions.move_to)),
    ]


def no_immediate() -> list[Replacement]:
    """Begin SQLite's transactions as readers, which cannot always become writers."""
    from django.conf import settings

    return [Replacement(settings.DATABASES["default"]["OPTIONS"], "transaction_mode", "DEFERRED")]


def answer_outside() -> list[Replacement]:
    """Record the answer of an Idempotency-Key after the transaction of its effect."""
    from django.db import transaction

    from core.idempotency import Answer, Entry

    record = slowly(Entry.record)

    def record_after_commit(entry: Entry, answer: Answer, fingerprint: str) -> None:
        transaction.on_commit(functools.partial(record, entry, answer, fingerprint))

    return [Replacement(Entry, "record", record_after_commit)]


def late_confirm() -> list[Replacement]:
    """Confirm holds that have expired."""
    from bookings.services import confirming

    return [Replacement(confirming, "ensure_can_confirm", lambda order: None)]


def any_payment() -> list[Replacement]:
    """Let several orders have one payment."""
    from bookings.services.locking import LockedOrder

    return [Replacement(LockedOrder, "ensure_payment_unused", lambda order: None)]


def no_payment_lock() -> list[Replacement]:
    """Look for other orders with the payment, but without a lock. Confirm slowly."""
    from bookings import transitions
    from bookings.services import confirming, locking
    from core.db.statements import NOTHING

    return [
        Replacement(locking, "advisory_lock", lambda name: NOTHING),
        Replacement(confirming, "book_held", slowly(transitions.book_held, VERY_SLOW)),
    ]


def cached_prices() -> list[Replacement]:
    """Sell by the prices in the cache, which may be a second old."""
    from bookings.services import locking
    from core.db.statements import NOTHING, Query
    from movies.cached_shows import cached_show

    def cached_price_list(show: int) -> Query:
        return NOTHING.then(lambda _: cached_show(show).price_list)

    return [Replacement(locking, "price_list_of", cached_price_list)]


def look_before_lock() -> list[Replacement]:
    """Send the look of a sale before its lock, in the same pipeline. Sales write slowly.

    So a sale that waits for the lock decides on what it saw before it waited.
    """
    from bookings import transitions
    from bookings.services import locking, selling
    from core.db.statements import Query, together

    def look_first(lock: Query, *look: Query) -> list[Any]:
        *found, locked = together(*look, lock)
        return [locked, *found]

    return [
        Replacement(locking, "together", look_first),
        Replacement(selling, "place_order", slowly(transitions.place_order)),
    ]


def commit_after_failed_insert() -> list[Replacement]:
    """Let all seats seem free, and answer as if COMMIT had worked when its writes have failed."""
    from django.db import IntegrityError

    from bookings.occupancy import Occupancy, occupancy_of
    from bookings.services import locking
    from core.db.postgresql.pipelines import PipelinedWrapper
    from core.db.statements import Query

    send = PipelinedWrapper.send

    def all_free(*args: Any, **options: Any) -> Query:
        return occupancy_of(*args, **options).then(lambda _: Occupancy({}, {}))

    def ignore_errors_of_commit(connection: Any, *args: Any, and_commit: bool = False) -> Any:
        try:
            return send(connection, *args, and_commit=and_commit)
        except IntegrityError:
            if not and_commit:
                raise
            return connection.connection.rollback()

    return [
        Replacement(locking, "occupancy_of", all_free),
        Replacement(PipelinedWrapper, "send", ignore_errors_of_commit),
    ]


def ignored_total() -> list[Replacement]:
    """Sell at any price, whatever total the customer expects."""
    from bookings.seat_request import SeatRequest
    from bookings.selection import select_seats
    from bookings.services import moving, selling

    def select(hall: Any, request: SeatRequest, *args: Any, **options: Any) -> Any:
        return select_seats(hall, request._replace(expected_total=None), *args, **options)

    return [Replacement(place, "select_seats", select) for place in (selling, moving)]


def overlapping_shows() -> list[Replacement]:
    """Reschedule shows to a screen that is taken."""
    from movies.services import shows

    return [Replacement(shows, "ensure_screen_is_free", lambda show: None)]


def no_screen_lock() -> list[Replacement]:
    """Look at the shows on a screen without its lock. Save slowly."""
    from movies.models import Screen, Show
    from movies.services import shows

    def read_hall(pk: int) -> Screen:
        return Screen.objects.select_related("cinema", "seating_plan").get(pk=pk)

    return [
        Replacement(shows, "lock_hall", read_hall),
        Replacement(Show, "save", slowly(Show.save, VERY_SLOW)),
    ]


def lost_seats() -> list[Replacement]:
    """Reschedule shows to halls that lack sold seats."""
    from movies.services import shows

    return [Replacement(shows, "ensure_taken_seats_stay", lambda show: None)]


def other_cinema() -> list[Replacement]:
    """Give sold shows another movie and another cinema."""
    from movies.services import rescheduling, shows

    def ensure_nothing(*args: Any) -> None:
        pass

    return [
        Replacement(rescheduling, "ensure_same_film_and_cinema", ensure_nothing),
        Replacement(shows, "ensure_same_film_and_cinema", ensure_nothing),
    ]


def no_full_refund() -> list[Replacement]:
    """Refund orders of rescheduled shows by the refund rule."""
    from bookings import refunds

    return [Replacement(refunds, "full_refund_until", lambda order, bookings: None)]


def limit_raised() -> list[Replacement]:
    """Let a customer have one seat of a show more than the limit."""
    from bookings.rules.sale import ensure_within_limit
    from bookings.services import moving, selling

    def ensure_nearly(seats: int, *, owned: int) -> None:
        ensure_within_limit(seats - 1, owned=owned)

    return [Replacement(place, "ensure_within_limit", ensure_nearly) for place in (selling, moving)]


def refund_ignores_rule() -> list[Replacement]:
    """Refund everything until the show starts, whatever the refund tiers of the cinema say."""
    from bookings.rules import refunds

    def percent_without_tiers(_tiers: Any, *times: Any) -> int:
        return percent_at([], *times)

    percent_at = refunds.percent_at
    return [Replacement(refunds, "percent_at", percent_without_tiers)]


def bodies_in_threads() -> list[Replacement]:
    """Read bodies as a server does whose threads read them: as many at a time as there are threads.

    The requests of slow clients then wait in all threads, and everybody else behind them.
    """
    from django.conf import settings

    from core.http.asgi import BodyReader

    read = BodyReader.read
    threads = asyncio.Semaphore(settings.THREADS)

    async def read_in_turn(*arguments: Any) -> bytes:
        async with threads:
            return await read(*arguments)

    return [Replacement(BodyReader, "read", read_in_turn)]


def drop_constraint() -> None:
    """Remove the unique constraint that backs the lock."""
    from django.db import connection

    from bookings.integrity import CONSTRAINT

    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {CONSTRAINT}")


FAULTS = {
    "no_lock": Fault(no_lock),
    "no_constraint": Fault(damage=drop_constraint),
    "no_lock_no_constraint": Fault(no_lock, drop_constraint),
    "no_immediate": Fault(no_immediate),
    "answer_outside": Fault(answer_outside),
    "late_confirm": Fault(late_confirm),
    "any_payment": Fault(any_payment),
    "no_payment_lock": Fault(no_payment_lock),
    "cached_prices": Fault(cached_prices),
    "look_before_lock": Fault(look_before_lock),
    "commit_after_failed_insert": Fault(commit_after_failed_insert),
    "ignored_total": Fault(ignored_total),
    "overlapping_shows": Fault(overlapping_shows),
    "no_screen_lock": Fault(no_screen_lock),
    "lost_seats": Fault(lost_seats),
    "other_cinema": Fault(other_cinema),
    "no_full_refund": Fault(no_full_refund),
    "limit_raised": Fault(limit_raised),
    "refund_ignores_rule": Fault(refund_ignores_rule),
    "bodies_in_threads": Fault(bodies_in_threads),
}


def slowly(write: Callable[..., Any], seconds: float = SLOW) -> Callable[..., Any]:
    """Return the function, delayed by so many seconds."""

    @functools.wraps(write)
    def run(*args: Any, **options: Any) -> Any:
        time.sleep(seconds)
        return write(*args, **options)

    return run


def check_fault(name: str) -> None:
    """Raise NothingToReplace if the service lacks a name that the fault replaces."""
    for place, attribute, _ in FAULTS[name].replacements():
        ensure_replaceable(place, attribute)


def damage_database(name: str) -> None:
    if damage := FAULTS[name].damage:
        damage()


def _application():
    from config.asgi import application

    for replacement in FAULTS[os.environ["TORTURE_FAULT"]].replacements():
        replace(*replacement)
    return application


if "TORTURE_FAULT" in os.environ:
    application = _application()
