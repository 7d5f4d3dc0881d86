"""When a password is refused unread, and the answer. django-axes counts failures and calls both.

Users who are logged in and give their password again are counted by name as well, but apart from
the log-ins: guesses at the log-in do not slow down those who are in.
"""

import math
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import staff_sessions
from accounts.models import User
from accounts.names import username_key
from accounts.new_devices import tell_of_new_device
from accounts.slow_names import remember_address, seconds_until_next_try
from core.errors import DomainError
from core.http.addresses import counted_address
from core.http.handlers import is_admin
from core.http.problems import problem_json
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


class Lockout(AxesDatabaseHandler):
    """Locks out a name from one address after some failures, and slows it down from all others."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        return seconds_until_next_try(request, credentials or {}) > 0

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().user_logged_in(sender, request, user, **kwargs)
        tell_of_new_device(user, request)
        remember_address(user, counted_address(request))
        if is_admin(request) or not request.path_info:  # not a log-in of the API
            staff_sessions.begin(request, user)


def lift_hint() -> str:
    """Say how to lift the lock-out at once; empty in production."""
    return f"In development, `{LIFT}` lifts all lock-outs." if settings.DEBUG else ""


def counted_name(request: HttpRequest, credentials: dict[str, str] | None) -> str | None:
    """Return the key under which failures of a user name are counted, in any spelling of it."""
    username = (credentials or request.POST).get("username")
    if not username:
        return None
    return (
        key_of_signed_in(username) if SIGNED_IN in (credentials or {}) else username_key(username)
    )


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
        raise LockedOut(_wait_of(request, credentials))


def refusal_page(request: HttpRequest, credentials: dict[str, str]) -> HttpResponse | None:
    """Return the page of a lock-out by wrong passwords and codes before, if there is one."""
    if request.method != "POST" or AxesProxyHandler.is_allowed(request, credentials):
        return None
    return locked_out(request, None, credentials)


def count_failure(request: HttpRequest, user: User) -> None:
    """Count and log a wrong password of a user who is logged in; it may lock the request out."""
    user_login_failed.send(sender=User, request=request, credentials=credentials_of(user))


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Answer 429 with Retry-After: a problem for the API, a page for the admin."""
    credentials = credentials or {}
    wait = _wait_of(request, credentials)
    if is_admin(request):
        shown = {"minutes": math.ceil(wait / 60), "command": LIFT if settings.DEBUG else ""}
        page = render(request, "locked_out.html", shown, status=429)
        page["Retry-After"] = str(wait)
        return page
    return problem_json(LockedOut(wait), request)


def _wait_of(request: HttpRequest, credentials: dict[str, str]) -> int:
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
