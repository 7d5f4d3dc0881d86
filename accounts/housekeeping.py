"""What `manage.py tidy` does with accounts: expired log-ins, customers without use, names."""

import logging
from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Max
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import KnownAddress, User
from accounts.models import Session as LogIn
from accounts.names import username_key
from accounts.services.personal_data import erase_user, users_without_use
from accounts.slow_names import KNOWN_FOR
from core.db.transactions import atomic_with_retry, delete_in_batches
from core.errors import DomainError
from core.housekeeping import housekeeping

logger = logging.getLogger(__name__)


@housekeeping("expired tokens deleted")
def delete_expired_tokens() -> int:
    """Delete expired refresh tokens of version 0.1.0 with their blacklist entries.

    Does the work of `flushexpiredtokens`, but in batches. Returns how many.
    """
    return delete_in_batches(OutstandingToken.objects.filter(expires_at__lte=timezone.now()))


@housekeeping("expired sessions deleted")
def delete_expired_sessions() -> int:
    """Delete expired sessions of the admin; return how many.

    Does the work of `clearsessions`, in batches.
    """
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


@housekeeping("expired log-ins deleted")
def delete_expired_log_ins() -> int:
    """Delete the sessions of the API whose last refresh token has expired; return how many.

    Their users keep the day on which they were used last: it counts for INACTIVE_CUSTOMER_DAYS.
    """
    expired = LogIn.objects.filter(expires_at__lte=timezone.now())
    last_uses = expired.order_by().values_list("user").annotate(Max("last_used_at"))
    for pk, used_at in last_uses:
        day = used_at.date()
        User.objects.filter(pk=pk).exclude(used_on__gte=day).update(used_on=day)
    return delete_in_batches(expired)


@housekeeping("customers without use erased")
def erase_customers_without_use() -> int:
    """Erase the customers without a log-in or an order for INACTIVE_CUSTOMER_DAYS; return how many.

    0 days: none.
    """
    if not settings.INACTIVE_CUSTOMER_DAYS:
        return 0
    since = timezone.now() - timedelta(days=settings.INACTIVE_CUSTOMER_DAYS)
    return sum(map(_erase, users_without_use(since)))


def _erase(user: User) -> bool:
    """Erase one customer; one that cannot be erased now keeps none of the others from it."""
    try:
        return erase_user(user=user)
    except DomainError as error:
        logger.warning("Customer %d was not erased: %s", user.pk, error)
        return False


@housekeeping("keys of user names completed")
def complete_username_keys() -> int:
    """Give a key to users without one whose name is free; return how many.

    A server of version 0.1.0 writes none during an upgrade. A user who has the same name as an
    older one stays without.
    """
    users = User.objects.filter(username_key=None).order_by("pk").values_list("pk", "username")
    return sum(_complete(pk=pk, key=username_key(name)) for pk, name in users)


@atomic_with_retry
def _complete(*, pk: int, key: str) -> bool:
    if User.objects.filter(username_key=key).exists():
        return False
    return bool(User.objects.filter(pk=pk, username_key=None).update(username_key=key))
