"""Taking a job and finishing it: each a short transaction, and the work between them is in none."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.db.transactions import atomic_with_retry
from outbox.models import MAX_ERROR, Job
from outbox.registry import Handler, handler_of

LOST = "The worker ended during the last attempt."


def claim_next(kinds: Sequence[str]) -> Job | None:
    """Take the job of these kinds that is due longest; None if none is due.

    One at a time: the jobs behind a slow one are free for other workers.
    """
    while Job.objects.due(timezone.now()).filter(kind__in=kinds).exists():
        job = _claim(kinds=kinds, now=timezone.now())
        if job is None or job.dead_at is None:
            return job
    return None


@atomic_with_retry
def _claim(*, kinds: Sequence[str], now: datetime) -> Job | None:
    """Lease the job, or bury it if its worker has died in each attempt.

    Jobs that another worker is taking are skipped. On SQLite only one transaction looks at a time.
    """
    due = Job.objects.due(now).filter(kind__in=kinds).order_by("run_at", "pk")
    job = due.select_for_update(skip_locked=True).first()
    if job is None:
        return None
    handler = handler_of(job.kind)
    if job.attempts >= handler.attempts and handler.every is None:
        job.lease, job.lease_until = None, None
        job.dead_at, job.last_error = now, job.last_error or LOST
    else:
        job.attempts += 1
        job.lease, job.lease_until = uuid.uuid4(), now + timedelta(seconds=handler.seconds)
    job.save(update_fields=["attempts", "lease", "lease_until", "dead_at", "last_error"])
    return job


@atomic_with_retry
def finish(*, job: Job) -> bool:
    """Record that the job is done, and forget its body; a periodic task waits for its next time.

    Return False if the lease is no longer that of the job: another worker has taken it over.
    """
    handler, now = handler_of(job.kind), timezone.now()
    if handler.every is not None:
        return _end(job, run_at=now + timedelta(seconds=handler.every), attempts=0, last_error="")
    return _end(job, done_at=now, body={}, last_error="")


@atomic_with_retry
def fail(*, job: Job, error: str, pause: float | None = None, is_final: bool = False) -> bool:
    """Let the job run again after a pause, or give it up after its last attempt; see `finish`."""
    handler, now = handler_of(job.kind), timezone.now()
    words = " ".join(error.replace("\0", "").split())[:MAX_ERROR]
    if handler.every is not None:
        run_at = now + timedelta(seconds=handler.every)
        return _end(job, run_at=run_at, last_error=words)
    if is_final or is_last_attempt(job, handler):
        return _end(job, dead_at=now, last_error=words)
    seconds = handler.pause_after(job.attempts) if pause is None else pause
    return _end(job, run_at=now + timedelta(seconds=seconds), last_error=words)


def is_last_attempt(job: Job, handler: Handler) -> bool:
    return handler.every is None and job.attempts >= handler.attempts


def _end(job: Job, **values: Any) -> bool:
    return bool(Job.objects.leased(job).update(lease=None, lease_until=None, **values))
