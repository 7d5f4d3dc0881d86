"""Run an action at most once per user and key, and repeat its recorded answer.

The answer is recorded in the transaction of the effect, so a crash leaves both or neither: a retry
gets the first answer, or runs the action because nothing has happened. A refusal has no effect: its
transaction rolls back, and the answer is recorded in the next one.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils import timezone

from core.db.statements import Statement, together
from core.db.transactions import atomic_with_retry, delete_in_batches, try_advisory_lock
from core.db.writes import insert_later, next_keys, update_later
from core.errors import Conflict, DomainError, raises
from core.models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)
RECORD = Statement(lambda user, key: IdempotencyRecord.objects.filter(user=user, key=key))
USED = Statement(
    lambda user, since: (
        IdempotencyRecord.objects.filter(user=user, created_at__gte=since)
        .order_by()
        .values("user")
        .annotate(keys=Count("pk"), size=Sum(Length("body")))
        .values_list("keys", "size")
    )
)


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


class TooManyKeys(DomainError):
    """A user may not fill the database with keys and answers."""

    status = 429
    code = "too_many_keys"
    sentence = (
        f"You have used too many Idempotency-Keys within {KEPT_FOR // timedelta(hours=1)} hours. "
        "Send the request later, or without a key."
    )
    retry_after = 3600


class Answer(NamedTuple):
    """What is recorded of an answer. The content type is empty where there is no body."""

    status: int
    content_type: str
    body: bytes
    is_replay: bool = False


@raises(InProgress, IdempotencyKeyReused, TooManyKeys)
@atomic_with_retry
def answer_once(*, user_id: int, key: str, fingerprint: str, act: Callable[[], Answer]) -> Answer:
    """Run `act` and record its answer, or return the answer that the key has already.

    The fingerprint identifies the request: a key is good for one. An exception of `act` rolls its
    effect back and leaves the key unused. One advisory lock, held until the transaction ends.
    Raises InProgress, IdempotencyKeyReused, TooManyKeys.
    """
    entry = _look_up(user_id, key)
    if answer := entry.answer_to(fingerprint):
        return answer
    answer = act()
    entry.record(answer, fingerprint)
    return answer


@raises(InProgress, IdempotencyKeyReused, TooManyKeys)
@atomic_with_retry
def record_refusal(*, user_id: int, key: str, fingerprint: str, answer: Answer) -> Answer:
    """Record the answer of an action that had no effect; return it.

    Returns the answer of the key, if a request at the same time was first. Raises InProgress,
    IdempotencyKeyReused, TooManyKeys.
    """
    entry = _look_up(user_id, key)
    if recorded := entry.answer_to(fingerprint):
        return recorded
    entry.record(answer, fingerprint)
    return answer


class Entry(NamedTuple):
    """The record of a key, None if there is none, and the primary key of a new one.

    `has_room` says whether the user may use a new key.
    """

    user_id: int
    key: str
    found: IdempotencyRecord | None
    next_pk: int
    has_room: bool

    def answer_to(self, fingerprint: str) -> Answer | None:
        """Return the recorded answer; None if there is none of the last KEPT_FOR.

        Raises IdempotencyKeyReused if it was recorded for another request, and TooManyKeys.
        """
        record = self.found
        if record is None and not self.has_room:
            raise TooManyKeys
        if record is None or record.created_at < timezone.now() - KEPT_FOR:
            return None
        if record.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return Answer(record.status, record.content_type, bytes(record.body), is_replay=True)

    def record(self, answer: Answer, fingerprint: str) -> None:
        values = {
            "fingerprint": fingerprint,
            "status": answer.status,
            "content_type": answer.content_type,
            "body": answer.body,
            "created_at": timezone.now(),
        }
        if self.found is not None:
            update_later(IdempotencyRecord.objects.filter(pk=self.found.pk), **values)
            return
        insert_later(
            [IdempotencyRecord(pk=self.next_pk, user_id=self.user_id, key=self.key, **values)]
        )


def _look_up(user_id: int, key: str) -> Entry:
    """Lock the key, then read its record. Raises InProgress."""
    is_locked, found, used, [[pk]] = together(
        try_advisory_lock(f"idempotency key {key} of user {user_id}"),
        RECORD.with_values(user=user_id, key=key),
        USED.with_values(user=user_id, since=timezone.now() - KEPT_FOR),
        next_keys((IdempotencyRecord, 1)),
    )
    if not is_locked:
        raise InProgress
    keys, size = used[0] if used else (0, 0)
    has_room = keys < settings.IDEMPOTENCY_KEYS and size < settings.IDEMPOTENCY_MEGABYTES * 2**20
    return Entry(user_id, key, found[0] if found else None, pk, has_room)


def delete_old_records() -> int:
    """Delete the records past KEPT_FOR, in batches; return how many. Safe at any time."""
    old = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return delete_in_batches(old)
