"""Run an action at most once per user and key, and repeat its recorded answer.

The answer is recorded in the transaction of the effect, so a crash leaves both or neither: a retry
gets the first answer, or runs the action because nothing has happened.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from core.db.transactions import atomic_with_retry, delete_in_batches, try_advisory_lock
from core.errors import Conflict, DomainError, raises
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


class Answer(NamedTuple):
    """What is recorded of an answer. The content type is empty where there is no body."""

    status: int
    content_type: str
    body: bytes
    is_replay: bool = False


@raises(InProgress, IdempotencyKeyReused)
@atomic_with_retry
def answer_once(*, user_id: int, key: str, fingerprint: str, act: Callable[[], Answer]) -> Answer:
    """Run `act` and record its answer, or return the answer that the key has already.

    The fingerprint identifies the request: a key is good for one. An exception of `act` rolls its
    effect back and leaves the key unused. One advisory lock, held until the transaction ends.
    Raises InProgress, IdempotencyKeyReused.
    """
    if not try_advisory_lock(f"idempotency key {key} of user {user_id}"):
        raise InProgress
    record = IdempotencyRecord.objects.filter(user_id=user_id, key=key).first()
    if record and record.created_at >= timezone.now() - KEPT_FOR:
        if record.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return Answer(record.status, record.content_type, bytes(record.body), is_replay=True)

    answer = act()
    record = record or IdempotencyRecord(user_id=user_id, key=key)
    record.fingerprint = fingerprint
    record.status, record.content_type, record.body = answer[:3]
    record.created_at = timezone.now()
    record.save()
    return answer


def delete_old_records() -> int:
    """Delete the records past KEPT_FOR, in batches; return how many. Safe at any time."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return delete_in_batches(old)
