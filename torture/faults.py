"""Faults that the checker must find: `granian torture.faults:application` serves with one of them.

TORTURE_FAULT names the fault. The code of the service stays as it is: a fault replaces public names
in the memory of the server under test, or damages its database.
"""

import functools
import os
import time
from collections.abc import Callable
from copy import copy
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

    from core.models import IdempotencyRecord

    save = slowly(IdempotencyRecord.save)

    def save_after_commit(record: IdempotencyRecord, *args: Any, **options: Any) -> None:
        transaction.on_commit(functools.partial(save, record, *args, **options))

    return [Replacement(IdempotencyRecord, "save", save_after_commit)]


def late_confirm() -> list[Replacement]:
    """Confirm holds that have expired."""
    from bookings.services import confirming

    return [Replacement(confirming, "ensure_can_confirm", lambda order: None)]


def any_payment() -> list[Replacement]:
    """Let several orders have one payment."""
    from bookings.services import confirming, moving

    def lock_nothing(order: Any, payment_reference: str) -> None:
        pass

    return [
        Replacement(confirming, "lock_payment", lock_nothing),
        Replacement(moving, "lock_payment", lock_nothing),
    ]


def no_payment_lock() -> list[Replacement]:
    """Look for other orders with the payment, but without a lock. Confirm slowly."""
    from bookings import transitions
    from bookings.services import confirming, locking

    return [
        Replacement(locking, "advisory_lock", lambda name: None),
        Replacement(confirming, "book_held", slowly(transitions.book_held, VERY_SLOW)),
    ]


def cached_prices() -> list[Replacement]:
    """Sell by the prices in the cache, which may be a second old."""
    from bookings.services import moving, selling

    return [
        Replacement(selling, "read_price_list", lambda show: None),
        Replacement(moving, "read_price_list", lambda show: None),
    ]


def prices_before_lock() -> list[Replacement]:
    """Read the prices a while before the lock of the show, as if the sale had waited for it."""
    from bookings.services import selling
    from movies.cached_shows import cached_show, read_price_list
    from movies.locks import lock_show
    from movies.models import Show
    from movies.pricing import pricing_of

    lock_slowly = slowly(lock_show, VERY_SLOW)

    def read_then_lock(pk: int) -> Show:
        before = copy(cached_show(pk))
        read_price_list(before)
        pricing_of(before)
        show: Show = lock_slowly(pk)
        show.price_list = before.price_list
        return show

    return [
        Replacement(selling, "lock_show", read_then_lock),
        Replacement(selling, "read_price_list", lambda show: None),
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
    "prices_before_lock": Fault(prices_before_lock),
    "ignored_total": Fault(ignored_total),
    "overlapping_shows": Fault(overlapping_shows),
    "no_screen_lock": Fault(no_screen_lock),
    "lost_seats": Fault(lost_seats),
    "other_cinema": Fault(other_cinema),
    "no_full_refund": Fault(no_full_refund),
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
    from config.wsgi import application

    for replacement in FAULTS[os.environ["TORTURE_FAULT"]].replacements():
        replace(*replacement)
    return application


if "TORTURE_FAULT" in os.environ:
    application = _application()
