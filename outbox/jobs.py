"""Adding jobs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from audit.records import record
from core.db.transactions import atomic_with_retry
from outbox.models import Job


def enqueue(
    *,
    kind: str,
    body: Mapping[str, Any] | None = None,
    dedupe: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Add a job in the transaction of the caller, or at once where there is none. One query.

    With `dedupe`, nothing is added while a job with the same value is stored, done ones included.
    The body is deleted when the job is done. What it names about a person must be needed to do the
    work, and the app must erase it with the person.
    """
    now = timezone.now()
    job = Job(kind=kind, body=dict(body or {}), dedupe=dedupe, run_at=run_at or now, created_at=now)
    Job.objects.bulk_create([job], ignore_conflicts=dedupe is not None)


@atomic_with_retry
def run_again(*, job: Job) -> bool:
    """Let a job that was given up run again, on record; return False for any other job.

    It begins with its first attempt. A mail has the same Message-ID as before.
    """
    changed = Job.objects.dead().filter(pk=job.pk)
    if not changed.update(dead_at=None, attempts=0, run_at=timezone.now()):
        return False
    record("run_again", job, before={"attempts": job.attempts})
    return True
