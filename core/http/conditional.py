"""Conditional reads, and the default Cache-Control of requests with a token."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_vary_headers

TOKEN = "HTTP_AUTHORIZATION"  # noqa: S105 - the name of a header
PRIVATE = "private, no-cache"


class ConditionalReadMiddleware(ConditionalGetMiddleware):
    """Django's middleware, but HEAD has the ETag and the 304 of GET (RFC 9110, 9.3.2).

    Django skips HEAD because some views leave its body out. Views of this project answer it as they
    answer GET; the server drops the body.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return response
        if TOKEN in request.META and not response.has_header("Cache-Control"):
            response["Cache-Control"] = PRIVATE
            patch_vary_headers(response, ["Authorization"])
        method, request.method = request.method, "GET"
        try:
            return super().process_response(request, response)
        finally:
            request.method = method
