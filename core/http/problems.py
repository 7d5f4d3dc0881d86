"""The one mapper from exceptions to `application/problem+json` (RFC 9457).

A domain error is answered as its class says. Exceptions of Django, REST framework, Redis and the
database are converted to domain errors here.
"""

import logging
import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.signals import got_request_exception
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    connection,
)
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import AuthenticationFailed as TokenRefused

from core.errors import (
    MAX_ERRORS,
    Conflict,
    DomainError,
    FieldError,
    InternalError,
    InUse,
    InvalidInput,
    NotFound,
    RequestTooLarge,
    TokenInvalid,
    Unavailable,
)
from core.observability.metrics import PROBLEMS

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

# PostgreSQL accepts no writes, as during a failover; or it ended an idle transaction.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY, IDLE_IN_TRANSACTION, TRANSACTION_TIMEOUT = "25006", "25P03", "25P04"
UNAVAILABLE_STATES = {READ_ONLY, IDLE_IN_TRANSACTION, TRANSACTION_TIMEOUT}


class Problem(NamedTuple):
    """An error as it is answered."""

    status: int
    code: str
    detail: str
    members: dict[str, Any]
    headers: dict[str, str]

    def body(self, request_id: str) -> dict[str, Any]:
        return {
            "type": type_of(self.code),
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
            **self.members,
        }


def type_of(code: str) -> str:
    """Return the URL of the page that explains a code, relative to the root of this host."""
    return f"/errors/{code}/"


def problem_response(exc: Exception, context: dict[str, Any]) -> Response:
    """Answer an exception of a view: REST framework's EXCEPTION_HANDLER.

    An unexpected exception is logged with its traceback and answered with 500.
    """
    request, error = context["request"], error_of(exc)
    if isinstance(error, InternalError):
        logger.error("Unexpected error at %r", request.path, exc_info=exc)
        got_request_exception.send(sender=None, request=request._request)
    problem = problem_of(error)
    if problem.status == HTTPStatus.UNAUTHORIZED and "WWW-Authenticate" not in problem.headers:
        scheme = context["view"].get_authenticate_header(request)
        problem.headers.update({"WWW-Authenticate": scheme} if scheme else {})
    PROBLEMS.labels(problem.code).inc()
    # JSON even where the view would have answered with a picture.
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type
    return Response(
        problem.body(request.id), problem.status, headers=problem.headers, content_type=CONTENT_TYPE
    )


def problem_json(error: Exception, request: HttpRequest) -> JsonResponse:
    """Answer an exception outside REST framework: in middleware and Django's error handlers."""
    problem = problem_of(error_of(error))
    PROBLEMS.labels(problem.code).inc()
    return JsonResponse(
        problem.body(request.id),  # type: ignore[attr-defined]  # set by the request log
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def error_of(exc: Exception) -> DomainError | exceptions.APIException:
    """Convert any exception to a domain error, or to one of REST framework's own."""
    match exc:
        case TokenRefused():
            return TokenInvalid()
        case DomainError() | exceptions.APIException():
            return exc
        case Http404():
            return NotFound(*map(_without_class_name, exc.args))
        case ObjectDoesNotExist():
            return NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return RequestTooLarge()
        case SuspiciousOperation():
            return InvalidInput.of(None, "The request is malformed.")
        case ProtectedError():
            return InUse()
        case IntegrityError():
            return Conflict()
        case OperationalError() if str(exc).startswith("no such"):  # SQLite: a table is missing
            return InternalError()
        case NotSupportedError() if _plan_is_stale(exc):
            # A migration changed a table under a prepared statement; new connections prepare it
            # again.
            connection.pool.drain()  # type: ignore[attr-defined]
            connection.close()
            return Unavailable()
        case OperationalError() | InterfaceError() | RedisError():
            return _unavailable(exc)
        case DatabaseError() if getattr(exc.__cause__, "sqlstate", None) in UNAVAILABLE_STATES:
            return _unavailable(exc)
        case _:
            return InternalError()


def problem_of(error: DomainError | exceptions.APIException) -> Problem:
    """Return what to answer for a known error."""
    match error:
        case InvalidInput():
            return _invalid(error.errors)
        case DomainError():
            return Problem(
                error.status, error.code, str(error), error.members, _retry(error.retry_after)
            )
        case exceptions.ValidationError():
            return _invalid(list(islice(field_errors(error.detail), MAX_ERRORS)))
        case exceptions.ParseError():
            return _invalid([FieldError(None, str(error.detail))])
        case _:
            code = str(error.get_codes())
            return Problem(error.status_code, code, str(error.detail), {}, _headers(error))


def field_errors(detail: Any, field: str | None = None) -> Iterator[FieldError]:
    """Flatten REST framework's nested errors: `{"seats": [{}, {"x": [...]}]}` gives `seats.1.x`."""
    if isinstance(detail, dict):
        for name, value in detail.items():
            inner = None if name == "non_field_errors" else str(name)
            yield from field_errors(value, ".".join(filter(None, [field, inner])) or None)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            inner = ".".join(filter(None, [field, str(index)])) if nested else field
            yield from field_errors(value, inner)
    else:
        yield FieldError(field, str(detail), detail.code)


def _invalid(errors: list[FieldError]) -> Problem:
    listed = [{"field": e.field, "code": e.code, "detail": e.sentence} for e in errors[:MAX_ERRORS]]
    sentences = [f"{e.field}: {e.sentence}" if e.field else e.sentence for e in errors[:3]]
    return Problem(400, "invalid", " ".join(sentences), {"errors": listed}, {})


def _headers(error: exceptions.APIException) -> dict[str, str]:
    scheme = getattr(error, "auth_header", None)
    return ({"WWW-Authenticate": scheme} if scheme else {}) | _retry(getattr(error, "wait", None))


def _retry(seconds: float | None) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)))} if seconds else {}


def _plan_is_stale(exc: NotSupportedError) -> bool:
    """Identify the error by where PostgreSQL raises it: its message may be translated."""
    diagnosis = getattr(exc.__cause__, "diag", None)
    return diagnosis is not None and diagnosis.source_function == "RevalidateCachedQuery"


def _unavailable(exc: Exception) -> Unavailable:
    logger.warning("Database or cache unavailable: %s", exc, exc_info=exc)
    return Unavailable()


def _without_class_name(sentence: object) -> str:
    """Django's sentence for a missing row names the model's class."""
    found = re.fullmatch(r"No (\w+) matches the given query\.", str(sentence))
    return f"There is no such {found[1].lower()}." if found else str(sentence)
