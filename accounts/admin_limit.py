"""The limits on password checks in the admin, which count with those of the API."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from accounts.failures import count_failure, credentials_of
from accounts.lockout import refusal_page
from accounts.models import User
from core.http.admin_guard import try_later
from core.http.handlers import is_admin
from core.http.throttles import PasswordCheckThrottle

CHANGE = "password_change"
PAGES = {"login", CHANGE, "confirm-password", "second-factor"}  # names of URLs


class AdminPasswordLimit:
    """Middleware that answers 429 with a page, before a form checks a password too many."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if request.method != "POST" or _page_of(request) not in PAGES:
            return None
        if wait := PasswordCheckThrottle().wait_of(request):
            return try_later(request, "There were too many log-ins from this address.", wait)
        if _page_of(request) == CHANGE and request.user.is_authenticated:
            return refusal_page(request, credentials_of(request.user))
        return None

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Count a wrong password on Django's page for a new one, for its user."""
        if request.method == "POST" and _page_of(request) == CHANGE:
            form = (response.context_data or {}).get("form")
            if form is not None and form.has_error("old_password", "password_incorrect"):
                count_failure(request, cast(User, request.user))
        return response


def _page_of(request: HttpRequest) -> str:
    """Return the name of a page of the admin; empty elsewhere."""
    match = request.resolver_match
    return (match.url_name or "") if match and is_admin(request) else ""
