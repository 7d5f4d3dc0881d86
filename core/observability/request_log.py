"""The id of each request, its line in the log and its metrics.

The id is in the `X-Request-ID` header, in every log line and in every error.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from core.observability.metrics import count_request
from core.request_id import MAX_LENGTH, begin_request, current_request_id, end_request

logger = logging.getLogger("requests")

MAX_HOST_LENGTH = 255  # characters of a wrong host that the log repeats

PLAIN_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}")


class RequestIdFilter(logging.Filter):
    """Add the id of the current request to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or "-"
        return True


class WrongHostFilter(logging.Filter):
    """Turn Django's error about a Host header into one line that says what to set."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if request is None:
            return True  # done already: logging can be configured twice
        host = request.META.get("HTTP_HOST", "")
        record.msg = "Rejected the host %r: it is not in ALLOWED_HOSTS."
        record.args = (host[:MAX_HOST_LENGTH],)
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = None
        return True


def request_log_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give the request an id, log it and count it. Keep its X-Request-ID if that is plain.

    core.http.wsgi drops the header of clients: they could give their requests the ids of others."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if PLAIN_ID.fullmatch(given) else uuid.uuid4().hex
        request.id = request_id  # type: ignore[attr-defined]
        token = begin_request(request_id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request_id
            seconds = time.perf_counter() - started
            _log(request, response, seconds)
            count_request(request, response, seconds)
            return response
        finally:
            end_request(token)

    return middleware


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    fields = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000),
        "user_id": _user_id(request),
    }
    # repr() escapes line breaks, so a path cannot start a log line of its own.
    logger.info("%(method)s %(path)r %(status)d %(milliseconds)d ms", fields, extra=fields)


def _user_id(request: HttpRequest) -> int | None:
    """Return the user's id if the user is loaded already: the log runs no query for it."""
    user = getattr(request, "user", None)
    if type(user) is SimpleLazyObject:
        user = getattr(request, "_cached_user", None)
    return user.pk if user else None
