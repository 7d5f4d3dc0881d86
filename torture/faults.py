"""Faults for the checker to find: `granian torture.faults:application` serves with one of them.

TORTURE_FAULT names it. The code of the service stays as it is: parts of it are replaced in the
memory of the server under test only.
"""

import os
import time


def no_lock():
    """Writers of one show no longer take turns. They write slowly, as on a busy disk.

    Else looking and writing are so close together that a short run may meet no race.
    """
    from django.db.backends.signals import connection_created

    from movies.models.shows import ShowQuerySet

    def slow_down(connection, **kwargs):
        if _write_slowly not in connection.execute_wrappers:
            connection.execute_wrappers.append(_write_slowly)

    connection_created.connect(slow_down, weak=False)
    ShowQuerySet.locked = lambda shows: shows.all()


def _write_slowly(execute, sql, params, many, context):
    if sql.startswith(("INSERT", "UPDATE")):
        time.sleep(0.05)
    return execute(sql, params, many, context)


def no_immediate():
    """SQLite begins as a reader and cannot always become a writer."""
    from django.db import connections

    del connections.settings["default"]["OPTIONS"]["transaction_mode"]


def answer_outside():
    """The answer of a key is saved after the transaction of its effect, without its lock."""
    from core.http import idempotency

    idempotency.answer_once = idempotency.answer_once.__wrapped__


def late_confirm():
    """A hold can be confirmed when it is over."""
    from bookings.services import confirming

    confirming.ensure_can_confirm = lambda order: None


def drop_constraint():
    """The unique constraint behind the lock is gone. Called once, before the servers start."""
    from django.db import connection

    from bookings.integrity import CONSTRAINT

    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {CONSTRAINT}")


# What is done in the server, and what to the database.
FAULTS = {
    "no_lock": (no_lock, None),
    "no_constraint": (None, drop_constraint),
    "no_lock_no_constraint": (no_lock, drop_constraint),
    "no_immediate": (no_immediate, None),
    "answer_outside": (answer_outside, None),
    "late_confirm": (late_confirm, None),
}


def damage_database(fault):
    _, damage = FAULTS[fault]
    if damage:
        damage()


def _application():
    from config.wsgi import application

    change, _ = FAULTS[os.environ["TORTURE_FAULT"]]
    if change:
        change()
    return application


if "TORTURE_FAULT" in os.environ:
    application = _application()
