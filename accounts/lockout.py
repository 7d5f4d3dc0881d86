"""The answer to a locked-out log-in. django-axes counts the failures and calls `locked_out`."""

import math

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.names import username_key
from core.errors import DomainError
from core.http.handlers import is_admin
from core.http.problems import problem_json

LIFT = ".venv/bin/python manage.py axes_reset"


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
    return username_key(username) if username else None


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Answer 429 with Retry-After: a problem for the API, a page for the admin."""
    wait = _seconds_left(request, credentials or {})
    if is_admin(request):
        shown = {"minutes": math.ceil(wait / 60), "command": LIFT if settings.DEBUG else ""}
        page = render(request, "locked_out.html", shown, status=429)
        page["Retry-After"] = str(wait)
        return page
    return problem_json(LockedOut(wait), request)


def _seconds_left(request: HttpRequest, credentials: dict[str, str]) -> int:
    """Return the seconds until fewer failures than the limit are recent enough to count."""
    ends, failures = timezone.now() + settings.AXES_COOLOFF_TIME, 0
    for attempt in AccessAttempt.objects.filter(
        username=counted_name(request, credentials), ip_address=request.META.get("REMOTE_ADDR")
    ).order_by("-attempt_time"):  # one row per browser
        ends = attempt.attempt_time + settings.AXES_COOLOFF_TIME
        failures += attempt.failures_since_start
        if failures >= settings.AXES_FAILURE_LIMIT:
            break
    return max(1, math.ceil((ends - timezone.now()).total_seconds()))
