"""Deletion of expired tokens, sessions and records of log-ins, for `manage.py tidy`."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import KnownAddress
from accounts.slow_names import KNOWN_FOR
from core.db.transactions import delete_in_batches
from core.housekeeping import housekeeping


@housekeeping("expired tokens deleted")
def delete_expired_tokens() -> int:
    """Delete expired refresh tokens and their blacklist entries; return how many.

    Does the work of `flushexpiredtokens`, but in batches.
    """
    return delete_in_batches(OutstandingToken.objects.filter(expires_at__lte=timezone.now()))


@housekeeping("expired sessions deleted")
def delete_expired_sessions() -> int:
    """Delete expired sessions; return how many. Does the work of `clearsessions`, in batches."""
    return delete_in_batches(Session.objects.filter(expire_date__lte=timezone.now()))


@housekeeping("old failed log-ins deleted")
def delete_old_attempts() -> int:
    """Delete the failed log-ins that no longer count for a lock-out; return how many."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    return delete_in_batches(AccessAttempt.objects.filter(attempt_time__lt=since))


@housekeeping("old addresses of users deleted")
def delete_old_addresses() -> int:
    """Delete the addresses from which no log-in came for KNOWN_FOR; return how many."""
    return delete_in_batches(KnownAddress.objects.filter(seen_at__lt=timezone.now() - KNOWN_FOR))
