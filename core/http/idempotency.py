"""The Idempotency-Key header: a repeated request acts once and gets the same answer."""

import functools
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import DomainError, InvalidInput, raised_by
from core.idempotency import KEPT_FOR, Answer, answer_once, record_refusal
from core.models import MAX_KEY_LENGTH

# Statuses that may change with the next try: another token or Content-Type, after a conflict or a
# pause. The errors of the server, from 500, may change too.
NOT_KEPT = {401, 409, 415, 429}

# Exceptions that core.http.problems may answer with a status that is kept.
REFUSALS = (
    DomainError,
    APIException,
    Http404,
    ObjectDoesNotExist,
    PermissionDenied,
    SuspiciousOperation,
)

HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        description="A new key, such as a UUID, for each new request; the same key to send a "
        f"request again. For {KEPT_FOR // timedelta(hours=1)} hours the same request gets the same "
        "answer and acts only once.",
    ),
    OpenApiParameter(
        "Idempotency-Replayed",
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        description="This is the recorded answer to the first request with this Idempotency-Key.",
        response=[200, 201, 204, 400, 403, 404],
    ),
]

Method = Callable[..., Response]


class Refused(Exception):
    """Carries a refusal out of the transaction, which rolls back: an exception or a response."""

    def __init__(self, refusal: Exception | Response) -> None:
        self.refusal = refusal


def idempotent(method: Method) -> Callable[..., HttpResponse]:
    """Let requests to a method of a viewset be sent again if they have an Idempotency-Key.

    Put it below `@action`, on methods that require a log-in and return a REST framework Response.
    The status, content type and body are recorded and sent; other headers are not.
    """

    @functools.wraps(method)
    def run(view: APIView, request: Request, **kwargs: Any) -> HttpResponse:
        if "Idempotency-Key" not in request.headers:
            return method(view, request, **kwargs)
        asked: dict[str, Any] = {
            "user_id": cast(int, request.user.pk),
            "key": _key_of(request),
            "fingerprint": fingerprint_of(request),
        }
        act = functools.partial(_act, functools.partial(method, view, request, **kwargs), view)
        try:
            answer = answer_once(**asked, act=act)
        except Refused as error:
            response = _response_of(error.refusal, view)
            is_kept = getattr(error.refusal, "is_kept", True)
            if not is_kept or response.status_code in NOT_KEPT or response.status_code >= 500:
                return response
            answer = record_refusal(**asked, answer=_rendered(response))
        return _response_from(answer)

    run.headers = HEADERS  # type: ignore[attr-defined]  # core.http.openapi reads both
    own = getattr(method, "raises", [])
    run.raises = [*own, InvalidInput, *raised_by(answer_once)]  # type: ignore[attr-defined]
    return run


def fingerprint_of(request: Any) -> str:
    """Return a hash of method, URL and body. Reads the body, so call it before taking a lock."""
    line = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(line.encode() + request.body).hexdigest()


def _key_of(request: Request) -> str:
    key = request.headers["Idempotency-Key"]
    if not re.fullmatch(rf"[!-~]{{1,{MAX_KEY_LENGTH}}}", key):
        raise InvalidInput.of(
            "Idempotency-Key",
            f"A key has 1 to {MAX_KEY_LENGTH} printable ASCII characters and no spaces.",
        )
    return key


def _act(respond: Callable[[], Response], view: APIView) -> Answer:
    """Return the rendered answer of a view's method. Raises Refused."""
    try:
        response = respond()
    except REFUSALS as refusal:
        raise Refused(refusal) from refusal
    if response.status_code >= 400:
        raise Refused(response)
    return _rendered(_finished(response, view))


def _response_of(refusal: Exception | Response, view: APIView) -> Response:
    if isinstance(refusal, Exception):
        refusal = view.handle_exception(refusal)
    return _finished(refusal, view)


def _finished(response: Response, view: APIView) -> Response:
    """Return the response, ready to render."""
    response.accepted_renderer = view.request.accepted_renderer
    response.accepted_media_type = view.request.accepted_media_type
    response.renderer_context = view.get_renderer_context()  # type: ignore[attr-defined]
    return response


def _rendered(response: Response) -> Answer:
    response.render()
    content_type = response.headers.get("Content-Type", "")
    return Answer(response.status_code, content_type, response.content)


def _response_from(answer: Answer) -> HttpResponse:
    """Return the HTTP response. The first answer and replays are both made here."""
    response = HttpResponse(
        answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers={"Idempotency-Replayed": "true"} if answer.is_replay else None,
    )
    if not answer.content_type:  # a 204 has none
        del response["Content-Type"]
    return response
