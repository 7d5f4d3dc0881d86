"""Wrong passwords for one user name, counted over all addresses: each makes the next try later.

The pause is short, and does not hold at an address from which the user has logged in within
KNOWN_FOR, or has set a new password by mail. So nobody can lock a user out.
"""

import math
from datetime import timedelta

from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import KnownAddress, User
from core.http.addresses import counted_address

FREE_FAILURES = 10  # then the pause is a second, and doubles with each failure
MAX_PAUSE = 60  # seconds
KNOWN_FOR = timedelta(days=90)


def seconds_until_next_try(request: HttpRequest, credentials: dict[str, str]) -> int:
    """Return the seconds that are left of the pause; the same for known and unknown names."""
    now = timezone.now()
    found = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials),
        attempt_time__gt=now - settings.AXES_COOLOFF_TIME,
    ).aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    beyond = (found["failures"] or 0) - FREE_FAILURES
    if beyond < 0:
        return 0
    pause = min(2 ** min(beyond, 10), MAX_PAUSE)
    left = math.ceil(pause - (now - found["last"]).total_seconds())
    return 0 if left <= 0 or _is_known(request, credentials) else left


def remember_address(user: User, address: str) -> None:
    """Let the user log in from this address whatever others do. One query."""
    if not address:  # a log-in that came over no network
        return
    KnownAddress.objects.bulk_create(
        [KnownAddress(user=user, address=address, seen_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["user", "address"],
        update_fields=["seen_at"],
    )


def _is_known(request: HttpRequest, credentials: dict[str, str]) -> bool:
    """Return whether the user has logged in from the address. An unknown name costs the same."""
    user = User.objects.who_logs_in_as(credentials.get("username") or "")
    return KnownAddress.objects.filter(
        user_id=user.pk if user else 0,
        address=counted_address(request),
        seen_at__gt=timezone.now() - KNOWN_FOR,
    ).exists()
