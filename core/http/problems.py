"""Every error as `application/problem+json` (RFC 9457).

What Django, DRF or the database raise is turned into an error of the API here, in one place.
"""

import logging
import re
import sys
from http import HTTPStatus

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
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve
from django.views import csrf, defaults
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import AuthenticationFailed as TokenRefused
from rest_framework_simplejwt.exceptions import InvalidToken

from core.errors import Conflict, InternalError, InUse, Problem, RequestTooLarge, Unavailable
from core.observability.metrics import PROBLEMS

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

# PostgreSQL takes no writes, as while another server takes over; or it ended a transaction that
# stood still. https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY, IDLE_IN_TRANSACTION, TRANSACTION_TIMEOUT = "25006", "25P03", "25P04"


def problem_response(exc, context):
    """DRF's EXCEPTION_HANDLER. An error nobody foresaw is logged with its traceback."""
    error = _api_exception(exc)
    request = context["request"]
    if isinstance(error, InternalError):
        logger.error("Unforeseen error at %r", request.path, exc_info=exc)
        got_request_exception.send(sender=None, request=request._request)
    # Also where the answer would have been a page or YAML.
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type
    return Response(
        _body(error, request), error.status_code, headers=_headers(error), content_type=CONTENT_TYPE
    )


def problem_json(error, request):
    """The same answer for code outside DRF's views: middleware and Django's error handlers."""
    return JsonResponse(
        _body(error, request),
        status=error.status_code,
        headers=_headers(error),
        content_type=CONTENT_TYPE,
    )


def _api_exception(exc):
    match exc:
        case TokenRefused():  # InvalidToken too
            error = InvalidToken("The token is not valid, or no longer. Log in, or refresh it.")
            error.auth_header = getattr(exc, "auth_header", None)
            return error
        case exceptions.ParseError():
            return exceptions.ValidationError([str(exc.detail)])
        case exceptions.APIException():
            return exc
        case Http404():
            return exceptions.NotFound(*map(_plainly, exc.args))
        case ObjectDoesNotExist():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return RequestTooLarge()
        case SuspiciousOperation():
            return Problem("The request is malformed.")
        case ProtectedError():
            return InUse()
        case IntegrityError():
            return Conflict()
        case OperationalError() if str(exc).startswith("no such"):  # SQLite: a table is missing
            return InternalError()
        case NotSupportedError() if _is_of_a_stale_plan(exc):
            # A table was changed under a prepared statement; new connections prepare it anew.
            connection.pool.drain()
            connection.close()
            return Unavailable()
        case OperationalError() | InterfaceError() | RedisError():
            return _unavailable(exc)
        case DatabaseError() if getattr(exc.__cause__, "sqlstate", None) in (
            READ_ONLY,
            IDLE_IN_TRANSACTION,
            TRANSACTION_TIMEOUT,
        ):
            return _unavailable(exc)
        case _:
            return InternalError()


def _is_of_a_stale_plan(exc):
    """Told by where PostgreSQL raises it, as its sentence comes in the server's language."""
    diagnosis = getattr(exc.__cause__, "diag", None)
    return diagnosis is not None and diagnosis.source_function == "RevalidateCachedQuery"


def _unavailable(exc):
    logger.warning("Database or cache away: %s", exc, exc_info=exc)
    return Unavailable()


def _plainly(sentence):
    """Django's sentence for a row that is not there names the class of the row."""
    found = re.fullmatch(r"No (\w+) matches the given query\.", str(sentence))
    return f"There is no such {found[1].lower()}." if found else sentence


def _headers(error):
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(error.wait)))
    return headers


def _body(error, request):
    PROBLEMS.labels(_code(error)).inc()
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "code": _code(error),
        "detail": "",
        "request_id": request.id,
        **getattr(error, "members", {}),
    }
    if isinstance(error, exceptions.ValidationError):
        errors = list(_field_errors(error.detail))
        body["detail"] = _in_one_sentence(errors)
        body["errors"] = errors
    elif isinstance(error, TokenRefused):
        body["detail"] = str(error.detail["detail"])
    else:
        body["detail"] = str(error.detail)
    return body


def _code(error):
    """What programs branch on. With `invalid` each of the `errors` has a code of its own."""
    if isinstance(error, exceptions.ValidationError | Problem):
        return error.default_code
    codes = error.get_codes()
    return codes["detail"] if isinstance(codes, dict) else codes


def _field_errors(detail, field=None):
    """DRF's nested errors, flat: `{"seats": [{}, {"x": [...]}]}` gives the field `seats.1.x`."""
    if isinstance(detail, dict):
        for name, value in detail.items():
            inner = None if name == "non_field_errors" else str(name)
            yield from _field_errors(value, ".".join(filter(None, [field, inner])) or None)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            inner = ".".join(filter(None, [field, str(index)])) if nested else field
            yield from _field_errors(value, inner)
    else:
        yield {"field": field, "code": detail.code, "detail": str(detail)}


def _in_one_sentence(errors):
    return " ".join(
        f"{error['field']}: {error['detail']}" if error["field"] else error["detail"]
        for error in errors[:3]
    )


# Django's own error handlers, and the last URL pattern -------------------------------------------


def unknown_path(request, exception=None):
    """404 for what no URL pattern knows; a GET that only lacks its last slash is redirected."""
    if is_admin(request):
        return defaults.page_not_found(request, exception)
    with_slash = f"{request.path_info}/"
    if not request.path_info.endswith("/") and _is_known(with_slash):
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        return problem_json(exceptions.NotFound(f"URLs end with a slash: {with_slash}"), request)
    return problem_json(exceptions.NotFound("There is nothing at this URL."), request)


def _is_known(path):
    try:
        return resolve(path).func is not unknown_path
    except Resolver404:
        return False


def is_admin(request):
    """Whether people are answered, with pages: everything else here speaks JSON."""
    return request.path_info.startswith("/admin/")


def bad_request(request, exception):
    return problem_json(Problem("The request is malformed."), request)


def permission_denied(request, exception):
    if is_admin(request):
        return defaults.permission_denied(request, exception)
    return problem_json(exceptions.PermissionDenied(), request)


def csrf_failure(request, reason=""):
    """Only the admin takes forms: elsewhere, a form was sent to what takes none."""
    if is_admin(request):
        return csrf.csrf_failure(request, reason)
    if _is_known(request.path_info):
        return problem_json(exceptions.MethodNotAllowed(request.method), request)
    return unknown_path(request)


def server_error(request):
    error = _api_exception(sys.exc_info()[1])
    if not is_admin(request):
        return problem_json(error, request)
    if isinstance(error, Unavailable):
        return HttpResponse(
            str(error.detail), "text/plain", error.status_code, headers=_headers(error)
        )
    return defaults.server_error(request)
