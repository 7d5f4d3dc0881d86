"""Deletion of old audit entries, for `manage.py tidy`."""

from datetime import timedelta

from django.conf import settings
from django.db import router
from django.utils import timezone

from audit.models import Entry, Tidying
from core.db.transactions import BATCH, atomic_with_retry
from core.housekeeping import housekeeping


@housekeeping("old audit entries deleted")
def delete_old_entries() -> int:
    """Delete the entries older than AUDIT_DAYS, in batches; return how many."""
    deleted = 0
    while batch := _delete_batch():
        deleted += batch
    return deleted


@atomic_with_retry
def _delete_batch() -> int:
    """Delete a batch by the one road that the trigger permits."""
    before = timezone.now() - timedelta(days=settings.AUDIT_DAYS)
    old = Entry.objects.filter(at__lt=before).order_by()
    found = list(old.values_list("pk", flat=True)[:BATCH])
    if not found:
        return 0
    permission = Tidying.objects.create(before=before)
    rows = Entry.objects.filter(pk__in=found)
    deleted: int = rows._raw_delete(using=router.db_for_write(Entry))
    permission.delete()
    return deleted
