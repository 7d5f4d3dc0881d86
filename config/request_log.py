"""One id for each request: in the `X-Request-ID` header, in every log line, in every error."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

logger = logging.getLogger("requests")

_current_id = ContextVar("request_id")


def current_request_id():
    """The id of the request being served; empty in commands."""
    return _current_id.get("")


class RequestIdFilter(logging.Filter):
    """Puts the id of the request being served on each log record."""

    def filter(self, record):
        record.request_id = _current_id.get("-")
        return True


def request_log_middleware(get_response):
    """Name the request, answer it, log it. A proxy's own X-Request-ID is kept if it is plain."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else uuid.uuid4().hex
        token = _current_id.set(request.id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request.id
            milliseconds = (time.perf_counter() - started) * 1000
            # repr() keeps a line break in the path from starting a line of its own.
            logger.info(
                "%s %r %d %.0f ms", request.method, request.path, response.status_code, milliseconds
            )
            return response
        finally:
            _current_id.reset(token)

    return middleware
