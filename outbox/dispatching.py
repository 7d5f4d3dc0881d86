"""Dispatching events: give each its position, and add the jobs that want it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from core.db.transactions import atomic_with_retry, try_advisory_lock
from outbox.models import Event, Job
from outbox.registry import subscribers

BATCH = 100  # events in one transaction: on SQLite it locks out the sales meanwhile


def dispatch_events() -> int:
    """Dispatch all events that wait; return how many."""
    dispatched = 0
    # A look first: on SQLite a transaction takes the write lock, even if it has nothing to do.
    while Event.objects.filter(position=None).exists() and (batch := _dispatch_batch()):
        dispatched += batch
    return dispatched


@atomic_with_retry
def _dispatch_batch() -> int:
    """Dispatch one batch; return how many. 0 while another worker is dispatching.

    One transaction at a time gives positions, so a reader who sees a position has seen all lower
    ones. The jobs commit with the position, so each event gets them once.
    """
    if not try_advisory_lock("outbox dispatch").run():
        return 0
    events = _next_events()
    last = Event.objects.filter(position__isnull=False).aggregate(last=Max("position"))["last"] or 0
    for position, event in enumerate(events, start=last + 1):
        event.position = position
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE outbox_event SET position = %s WHERE id = %s",
            [(event.position, _stored(event.pk)) for event in events],
        )
    Job.objects.bulk_create(_jobs_of(events), ignore_conflicts=True)
    return len(events)


def _next_events() -> list[Event]:
    """Return the next batch by time, but the events of one subject by their sequence.

    The clocks of two servers differ, so a later event of a subject can have an earlier time.
    """
    subjects = list(Event.objects.waiting().values_list("subject", flat=True)[:BATCH])
    waiting: dict[str, list[Event]] = {}
    of_them = Event.objects.filter(position=None, subject__in=set(subjects))
    for event in of_them.order_by("-sequence"):
        waiting.setdefault(event.subject, []).append(event)
    return [waiting[subject].pop() for subject in subjects]


def _stored(key: UUID) -> Any:
    """Return the key as the database has it: SQLite has no type for it."""
    return Event._meta.pk.get_db_prep_value(key, connection)


def _jobs_of(events: Sequence[Event]) -> list[Job]:
    return [
        Job(kind=handler.kind, event=event, dedupe=f"{handler.kind} {event.pk}")
        for event in events
        for handler in subscribers(event.type)
    ]
