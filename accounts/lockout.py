"""When a log-in is refused unread, and the answer. django-axes calls both."""

import math
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import staff_sessions
from accounts.failures import LIFT, LockedOut, wait_of
from accounts.models import User
from accounts.new_devices import tell_of_new_device
from accounts.slow_names import remember_address, seconds_until_next_try
from core.http.addresses import counted_address
from core.http.handlers import is_admin
from core.http.problems import problem_json


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


def refusal_page(request: HttpRequest, credentials: dict[str, str]) -> HttpResponse | None:
    """Return the page of a lock-out by wrong passwords and codes before, if there is one."""
    if request.method != "POST" or AxesProxyHandler.is_allowed(request, credentials):
        return None
    return locked_out(request, None, credentials)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Answer 429 with Retry-After: a problem for the API, a page for the admin."""
    credentials = credentials or {}
    wait = wait_of(request, credentials)
    if is_admin(request):
        shown = {"minutes": math.ceil(wait / 60), "command": LIFT if settings.DEBUG else ""}
        page = render(request, "locked_out.html", shown, status=429)
        page["Retry-After"] = str(wait)
        return page
    return problem_json(LockedOut(wait), request)
