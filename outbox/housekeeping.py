"""What `manage.py tidy` deletes of the outbox after EVENT_DAYS."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.db.transactions import delete_in_batches
from core.housekeeping import housekeeping
from outbox.models import Event, Job, first_event_id


@housekeeping("old jobs deleted")
def delete_old_jobs() -> int:
    """Delete the jobs that were done or given up before EVENT_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.EVENT_DAYS)
    done = delete_in_batches(Job.objects.filter(done_at__lt=before))
    return done + delete_in_batches(Job.objects.filter(dead_at__lt=before))


@housekeeping("old events deleted")
def delete_old_events() -> int:
    """Delete the events dispatched before EVENT_DAYS that no job needs; return how many.

    The last event of each subject stays, so that its sequence and the positions go on.
    """
    before = timezone.now() - timedelta(days=settings.EVENT_DAYS)
    later = Event.objects.filter(
        subject=OuterRef("subject"), sequence__gt=OuterRef("sequence"), position__isnull=False
    )
    # Ids begin with the time, and have an index.
    old = Event.objects.filter(Exists(later), pk__lt=first_event_id(before), position__isnull=False)
    return delete_in_batches(old.exclude(Exists(Job.objects.filter(event=OuterRef("pk")))))
