"""Events, which say what happened, and jobs, the work that follows from it."""

import os
from datetime import datetime
from typing import Self
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

MAX_TYPE, MAX_SUBJECT, MAX_KIND, MAX_DEDUPE, MAX_ERROR = 40, 80, 60, 150, 500


def new_event_id(at: datetime | None = None) -> UUID:
    """Return a UUID of version 7 (RFC 9562): it begins with the time, so new ids are neighbours.

    An index of random ids would write to another page for each event.
    """
    number = _with_time(at or timezone.now()) | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0b11 << 62) | 0b10 << 62)


def first_event_id(at: datetime) -> UUID:
    """Return a UUID before all events of this moment, and behind all that are older."""
    return UUID(int=_with_time(at))


def _with_time(at: datetime) -> int:
    return int(at.timestamp() * 1000) << 80


class EventQuerySet(models.QuerySet["Event"]):
    def waiting(self) -> Self:
        """Events that no worker has dispatched yet, roughly the oldest first."""
        return self.filter(position=None).order_by("created_at", "sequence")

    def after(self, position: int) -> Self:
        """Dispatched events behind this position. Positions become visible in their order."""
        return self.filter(position__gt=position).order_by("position")


class Event(models.Model):
    """What happened to an order or a show, written in the transaction in which it happened.

    `sequence` counts the events of one subject. `position` orders all events; a worker gives it
    after the commit. Transactions commit in another order than they start, so readers must page by
    the position and never by the time.
    """

    id = models.UUIDField(primary_key=True, default=new_event_id, editable=False)
    type = models.CharField(max_length=MAX_TYPE, help_text="Such as order.booked.")
    subject = models.CharField(max_length=MAX_SUBJECT, help_text="Such as order:B7KXM2HQ9T.")
    sequence = models.PositiveIntegerField(help_text="1, 2, 3 ... of its subject.")
    body = models.JSONField(
        encoder=DjangoJSONEncoder, help_text="Never a name, an address or another personal datum."
    )
    created_at = models.DateTimeField(default=timezone.now)
    position = models.BigIntegerField(
        null=True, blank=True, help_text="Empty until a worker has dispatched the event."
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "sequence"], name="one_event_per_subject_and_sequence"
            ),
            models.UniqueConstraint(
                fields=["position"],
                condition=Q(position__isnull=False),
                name="one_event_per_position",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(position=None), name="event_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} {self.sequence}"


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> Self:
        return self.filter(done_at=None, dead_at=None)

    def due(self, now: datetime) -> Self:
        """Jobs that a worker may take now: also those whose lease is over, as their worker died."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.unfinished().filter(free, run_at__lte=now)

    def waiting(self, now: datetime) -> Self:
        return self.unfinished().filter(run_at__gt=now)

    def running(self, now: datetime) -> Self:
        return self.unfinished().filter(lease_until__gt=now)

    def dead(self) -> Self:
        return self.filter(dead_at__isnull=False)

    def done(self) -> Self:
        return self.filter(done_at__isnull=False)

    def leased(self, job: "Job") -> Self:
        """The row of the job, if its lease is still that of `job`."""
        return self.unfinished().filter(pk=job.pk, lease=job.lease)


class Job(models.Model):
    """Work that a worker does at least once, outside of any transaction.

    The worker that takes a job has a lease on it until `lease_until`. It can finish the job only
    with that lease, so a worker that took too long cannot finish what another one has taken over.
    """

    kind = models.CharField(max_length=MAX_KIND)
    body = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    dedupe = models.CharField(  # noqa: DJ001 - many jobs have none
        max_length=MAX_DEDUPE,
        null=True,
        blank=True,
        help_text="A job is not added again while one with the same value is stored.",
    )
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="jobs", null=True, blank=True, db_index=False
    )
    run_at = models.DateTimeField(default=timezone.now, help_text="Not before this time.")
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True, help_text="When it was given up.")
    last_error = models.CharField(max_length=MAX_ERROR, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        permissions = [("run_job_again", "Can let a job that was given up run again")]
        constraints = [
            models.UniqueConstraint(fields=["dedupe"], name="one_job_per_dedupe"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(dead_at=None), name="job_done_or_dead"
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_at"], condition=Q(done_at=None, dead_at=None), name="job_unfinished"
            ),
            models.Index(fields=["dead_at"], condition=Q(dead_at__isnull=False), name="job_dead"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="job_done"),
            models.Index(fields=["event"], condition=Q(event__isnull=False), name="job_of_event"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def state(self) -> str:
        """due, waiting, running, done or dead."""
        now = timezone.now()
        if self.done_at or self.dead_at:
            return "done" if self.done_at else "dead"
        if self.lease_until and self.lease_until > now:
            return "running"
        return "due" if self.run_at <= now else "waiting"
