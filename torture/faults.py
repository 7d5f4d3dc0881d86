"""Faults that the checker must find: `granian torture.faults:application` serves with one of them.

TORTURE_FAULT names the fault. The code of the service stays as it is: a fault replaces public names
in the memory of the server under test, or damages its database.
"""

import functools
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from torture.replacing import ensure_replaceable, replace

SLOW_WRITE = 0.05  # seconds


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
}


def slowly(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, delayed by SLOW_WRITE."""

    @functools.wraps(write)
    def run(*args: Any, **options: Any) -> Any:
        time.sleep(SLOW_WRITE)
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
