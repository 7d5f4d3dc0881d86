"""Recording events: one more statement of the transaction, which travels with its COMMIT."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from core.db.writes import Computed, insert_later
from outbox.models import Event, new_event_id

# Callers hold the lock of what happens, so the numbers of one subject do not race. Behind it stands
# the unique constraint: a lost race starts the transaction again.
NEXT_SEQUENCE = Computed(
    "sequence",
    "COALESCE((SELECT MAX(sequence) FROM outbox_event WHERE subject = %s), 0) + 1",
    "subject",
)


class NewEvent(NamedTuple):
    """`type` such as order.booked, `subject` such as order:B7KXM2HQ9T.

    The body is thin: ids, numbers and states, and what changed. It never has a personal datum,
    because events are kept, sent to other programs, and not erased with a person.
    """

    type: str
    subject: str
    body: Mapping[str, Any]


def record_events(events: Sequence[NewEvent]) -> None:
    """Write events, of different subjects, in the transaction of the caller. One statement.

    On PostgreSQL it is sent with the next statement or with COMMIT.
    """
    if events:
        now = timezone.now()
        rows = [
            Event(
                id=new_event_id(now),
                type=each.type,
                subject=each.subject,
                sequence=0,  # the statement counts it
                body=dict(each.body),
                created_at=now,
            )
            for each in events
        ]
        insert_later(rows, NEXT_SEQUENCE)
