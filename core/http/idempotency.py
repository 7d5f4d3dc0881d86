"""Requests that can be sent again: with an Idempotency-Key they act once and are answered alike.

The answer is recorded in the transaction of its effect, so there is never one without the other:
after a crash a request that is sent again gets the first answer, or runs because nothing happened.
"""

import functools
import hashlib
import re
from datetime import timedelta

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException

from core.db.transactions import atomic_with_retry, delete_in_batches, try_advisory_lock
from core.errors import Conflict, DomainError, InvalidInput
from core.models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)


class InProgress(Conflict):
    code = "in_progress"
    sentence = "The first request with this Idempotency-Key is still running. Send it again."
    retry_after = 1


class IdempotencyKeyReused(DomainError):
    status = 422
    code = "idempotency_key_reused"
    sentence = (
        "This Idempotency-Key was used for another request. Use a new key for each new request."
    )


# What may be otherwise the next time: with another token or Content-Type, after a conflict or a
# pause. So are the errors of the server, from 500.
NOT_KEPT = {401, 409, 415, 429}

# The exceptions that core.http.problems may answer with a status that is kept. All others leave the
# transaction, which rolls back, and are answered by DRF as ever.
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
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        description="A new one, such as a UUID, for each new request; the same one to send a "
        "request again. For 24 hours the same request is answered alike, without acting again.",
    ),
    OpenApiParameter(
        "Idempotency-Replayed",
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        description="This is the answer to the first request with this Idempotency-Key.",
        response=[200, 201, 204, 400, 403, 404],
    ),
]


def idempotent(method):
    """Let a request to this view set's method be sent again if it has an Idempotency-Key.

    Stands below `@action`, on methods that only who is logged in reaches and that answer a DRF
    Response. Its status, content type and body are kept and sent, other headers are not.
    """

    @functools.wraps(method)
    def run(view, request, **kwargs):
        if "Idempotency-Key" not in request.headers:
            return method(view, request, **kwargs)
        return _answer_once(
            act=functools.partial(method, view, request, **kwargs),
            view=view,
            key=_key_of(request),
            fingerprint=_fingerprint_of(request),
        )

    run.headers = HEADERS
    run.raises = [InvalidInput, InProgress, IdempotencyKeyReused]
    return run


def delete_old_records():
    """Delete the records that no request is answered from any more; answer how many.

    In batches, each a transaction of its own. Safe at any time.
    """
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return delete_in_batches(old)


def _key_of(request):
    key = request.headers["Idempotency-Key"]
    if not re.fullmatch(r"[!-~]{1,255}", key):
        raise InvalidInput.of(
            "Idempotency-Key", "A key has 1 to 255 ASCII characters, without spaces."
        )
    return key


def _fingerprint_of(request):
    """What makes it the same request. Reads the body, so before anything is locked."""
    line = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(line.encode() + request.body).hexdigest()


@atomic_with_retry
def _answer_once(*, act, view, key, fingerprint):
    user = view.request.user
    if not try_advisory_lock(f"idempotency key {key} of user {user.pk}"):
        raise InProgress
    record = IdempotencyRecord.objects.filter(user=user, key=key).first()
    if record and record.created_at >= timezone.now() - KEPT_FOR:
        if record.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return _answer_from(record, headers={"Idempotency-Replayed": "true"})

    response = _response_of(act, view)
    if response.status_code in NOT_KEPT or response.status_code >= 500:
        transaction.set_rollback(True)
        return response
    response.render()
    record = record or IdempotencyRecord(user=user, key=key)
    record.fingerprint = fingerprint
    record.status = response.status_code
    record.content_type = response.headers.get("Content-Type", "")
    record.body = response.content
    record.created_at = timezone.now()
    record.save()
    return _answer_from(record)


def _response_of(act, view):
    """The response, not rendered yet; of what was refused, nothing is left."""
    try:
        with transaction.atomic():
            response = act()
    except REFUSALS as refusal:
        response = view.handle_exception(refusal)
    response.accepted_renderer = view.request.accepted_renderer
    response.accepted_media_type = view.request.accepted_media_type
    response.renderer_context = view.get_renderer_context()
    return response


def _answer_from(record, *, headers=None):
    """The first answer and the later ones are made here, so they cannot differ."""
    response = HttpResponse(
        bytes(record.body),
        status=record.status,
        content_type=record.content_type,
        headers=headers,
    )
    if not record.content_type:  # a 204 has none
        del response["Content-Type"]
    return response
