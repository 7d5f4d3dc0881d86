"""The limit on the size of bodies, before anything reads them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core.errors import RequestTooLarge
from core.http.asgi import BODY_ERROR
from core.http.handlers import is_admin
from core.http.problems import problem_json

# Pages of the admin whose forms have a seating plan, its seats or a list of prices: the names of
# their URLs begin so.
LARGE_FORMS = ("movies_seatingplan_", "movies_pricelist_", "bookings_show_seats")


class BodyLimit:
    """Middleware that answers 413 for a body of more than MAX_BODY_BYTES.

    A view set names the actions that need more in `large_bodies`; for these, and for LARGE_FORMS,
    DATA_UPLOAD_MAX_MEMORY_SIZE is the limit. Every body has a Content-Length: core.http.wsgi adds
    it to a chunked one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        error = request.META.get(BODY_ERROR)
        return problem_json(error, request) if error else self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *arguments: Any
    ) -> HttpResponse | None:
        text = request.META.get("CONTENT_LENGTH") or ""
        length = int(text) if text.isdecimal() else 0  # Django reads none either
        limit = _limit_of(request, view)
        if length <= limit:
            return None
        if is_admin(request):
            return HttpResponse(
                f"The form has {length} bytes; at most {limit} are allowed.", "text/plain", 413
            )
        error = RequestTooLarge(f"The body has {length} bytes; at most {limit} are allowed.")
        return problem_json(error, request)


def _limit_of(request: HttpRequest, view: Callable[..., Any]) -> int:
    if is_admin(request):
        name = getattr(request.resolver_match, "url_name", None) or ""
        is_large = name.startswith(LARGE_FORMS)
    else:
        action = getattr(view, "actions", {}).get((request.method or "").lower())
        is_large = action in getattr(getattr(view, "cls", None), "large_bodies", ())
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most if is_large else min(most, settings.MAX_BODY_BYTES)
