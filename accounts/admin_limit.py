"""The limit on password checks in the admin, which counts with those of the API."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core.http.admin_guard import try_later
from core.http.handlers import is_admin
from core.http.throttles import PasswordCheckThrottle

PAGES = {"login", "password_change", "confirm-password", "second-factor"}  # names of URLs


class AdminPasswordLimit:
    """Middleware that answers 429 with a page, before a form checks a password too many."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or not is_admin(request) or not match:
            return None
        if match.url_name not in PAGES:
            return None
        wait = PasswordCheckThrottle().wait_of(request)
        sentence = "There were too many log-ins from this address."
        return try_later(request, sentence, wait) if wait else None
