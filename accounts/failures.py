"""What counts as a failure of whom, and how long a name has to wait. django-axes keeps the counts.

Users who are logged in and give their password again are counted by name as well, but apart from
the log-ins: guesses at the log-in do not slow down those who are in.
"""

import math

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.names import username_key
from accounts.slow_names import seconds_until_next_try
from core.errors import DomainError
from core.http.addresses import counted_address
from core.names import MAX_KEY_LENGTH

LIFT = ".venv/bin/python manage.py axes_reset"
SIGNED_IN = "SIGNED IN "  # no key of a name that is typed begins with it: they are case folded


class LockedOut(DomainError):
    status = 429
    code = "throttled"
    sentence = "Too many failed attempts. Try again later."

    def __init__(self, seconds: int) -> None:
        sentence = f"Too many failed attempts. Try again in {seconds} seconds."
        super().__init__(f"{sentence} {lift_hint()}".rstrip())
        self.retry_after = seconds


def lift_hint() -> str:
    """Say how to lift the lock-out at once; empty in production."""
    return f"In development, `{LIFT}` lifts all lock-outs." if settings.DEBUG else ""


def counted_name(request: HttpRequest, credentials: dict[str, str] | None) -> str | None:
    """Return the key under which failures of a user name are counted, in any spelling of it."""
    username = (credentials or request.POST).get("username")
    if not username:
        return None
    is_signed_in = SIGNED_IN in (credentials or {})
    return key_of_signed_in(username) if is_signed_in else username_key(username)


def key_of_signed_in(username: str) -> str:
    """Return the key under which wrong passwords of a user who is logged in are counted."""
    return f"{SIGNED_IN}{username_key(username)}"[:MAX_KEY_LENGTH]


def credentials_of(user: User) -> dict[str, str]:
    """Return what django-axes counts for a user who is logged in and gives the password again."""
    return {"username": user.get_username(), SIGNED_IN: "yes"}


def ensure_may_try(request: HttpRequest, user: User) -> None:
    """Raise LockedOut after too many wrong passwords of a user who is logged in."""
    credentials = credentials_of(user)
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise LockedOut(wait_of(request, credentials))


def count_failure(request: HttpRequest, user: User) -> None:
    """Count and log a wrong password of a user who is logged in; it may lock the request out."""
    user_login_failed.send(sender=User, request=request, credentials=credentials_of(user))


def wait_of(request: HttpRequest, credentials: dict[str, str]) -> int:
    """Return the seconds until the next try, at least 1, for a name that is refused."""
    left = _seconds_left(request, credentials)
    return left or seconds_until_next_try(request, credentials) or 1


def _seconds_left(request: HttpRequest, credentials: dict[str, str]) -> int:
    """Return the seconds until fewer failures than the limit are recent enough to count."""
    failures = 0
    for attempt in AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=counted_address(request)
    ).order_by("-attempt_time"):  # one row per browser
        failures += attempt.failures_since_start
        if failures >= settings.AXES_FAILURE_LIMIT:
            ends = attempt.attempt_time + settings.AXES_COOLOFF_TIME
            return math.ceil((ends - timezone.now()).total_seconds())
    return 0
