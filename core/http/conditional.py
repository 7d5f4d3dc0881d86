"""Conditional reads, and the default Cache-Control: what a person gets is not stored."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_vary_headers

TOKEN = "HTTP_AUTHORIZATION"  # noqa: S105 - the name of a header
NO_STORE = "no-store"


class ConditionalReadMiddleware(ConditionalGetMiddleware):
    """Django's middleware, but HEAD has the ETag and the 304 of GET (RFC 9110, 9.3.2).

    Django skips HEAD because some views leave its body out. Views of this project answer it as they
    answer GET; the server drops the body.
    """

    def needs_etag(self, response: HttpResponseBase) -> bool:
        """Return True for what browsers may not store, too: programs poll their orders with it."""
        return response.get("Cache-Control") == NO_STORE or super().needs_etag(response)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.has_header("Cache-Control") and _is_personal(request):
            response["Cache-Control"] = NO_STORE
            if TOKEN in request.META:
                patch_vary_headers(response, ["Authorization"])
        if request.method not in ("GET", "HEAD"):
            return response
        method, request.method = request.method, "GET"
        try:
            return super().process_response(request, response)
        finally:
            request.method = method


def _is_personal(request: HttpRequest) -> bool:
    """Return whether the response may be about a person: to a token, a session or a write."""
    return (
        TOKEN in request.META
        or settings.SESSION_COOKIE_NAME in request.COOKIES
        or request.method not in ("GET", "HEAD", "OPTIONS")
    )
