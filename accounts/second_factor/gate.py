"""The one gate before every page of the admin: session, second factor, fresh password."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import staff_sessions
from accounts.errors import PasswordNeeded
from accounts.second_factor.requirement import lacks_factor
from core.http.handlers import is_admin

ALWAYS_OPEN = {"login", "logout"}  # names of URLs
TO_GIVE = {"second-factor"}
TO_SET_UP = {"second-factor-set-up", "second-factor-app", "second-factor-key", "confirm-password"}
NOT_SENT = "Nothing was changed: the form was not read. Send it again."
FIRST = "Nothing was changed. Give your password first, then send the form again."


class StaffGate:
    """Middleware that lets staff see the admin only in a live session with its second factor.

    Where a view asks for a fresh password, it leads to the page that takes one, and back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else ""
        user = request.user if is_admin(request) and name not in ALWAYS_OPEN else None
        if user is None or not user.is_authenticated:
            return None  # the admin asks for the log-in
        if reason := staff_sessions.reason_to_end(request, user):
            logout(request)
            messages.warning(request, reason)
            return _lead_to("admin:login", request)
        staff_sessions.note_use(request)
        if not staff_sessions.has_passed_factor(request, user):
            return None if name in TO_GIVE else _lead_to("second-factor", request)
        if lacks_factor(user):
            return None if name in TO_SET_UP else _lead_to("second-factor-set-up", request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_admin(request) or not isinstance(exception, PasswordNeeded):
            return None
        return _lead_to("confirm-password", request, FIRST)


def ensure_confirmed(request: HttpRequest) -> None:
    """Raise PasswordNeeded unless the password was given in this session a short time ago."""
    if not staff_sessions.is_confirmed(request):
        raise PasswordNeeded


def next_page(request: HttpRequest) -> str:
    """Return where `next` leads, if that is a page of this host, else the start of the admin."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_safe = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_safe else reverse("admin:index")


def _lead_to(url_name: str, request: HttpRequest, sentence: str = NOT_SENT) -> HttpResponse:
    """Redirect to a page that leads back here. Says so if a form is lost by it."""
    if request.method not in ("GET", "HEAD"):
        messages.warning(request, sentence)
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse(url_name)}?{query}")
