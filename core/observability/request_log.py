"""One id for each request: in the `X-Request-ID` header, in every log line, in every error.

And one line in the log, and one count, for each.
"""

import logging
import re
import time
import uuid

from django.utils.functional import SimpleLazyObject

from core.observability.metrics import count_request
from core.request_id import begin_request, current_request_id, end_request

logger = logging.getLogger("requests")


class RequestIdFilter(logging.Filter):
    """Puts the id of the request being served on each log record."""

    def filter(self, record):
        record.request_id = current_request_id() or "-"
        return True


def request_log_middleware(get_response):
    """Name the request, answer it, log it. A proxy's own X-Request-ID is kept if it is plain."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else uuid.uuid4().hex
        token = begin_request(request.id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request.id
            seconds = time.perf_counter() - started
            _log(request, response, seconds)
            count_request(request, response, seconds)
            return response
        finally:
            end_request(token)

    return middleware


def _log(request, response, seconds):
    fields = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
        "user_id": _user_id(request),
    }
    # repr() keeps a line break in the path from starting a line of its own.
    logger.info("%(method)s %(path)r %(status)d %(milliseconds)d ms", fields, extra=fields)


def _user_id(request):
    """Of who made the request, if that was asked: the log does not load sessions and users."""
    user = getattr(request, "user", None)
    if type(user) is SimpleLazyObject:
        user = getattr(request, "_cached_user", None)
    return user and user.pk
