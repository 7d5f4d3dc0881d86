"""The test gateway: it moves no money, keeps its own books, and sends signed messages.

A customer chooses on its page what happens; a program says so when it opens the payment. Its books
are what a bank would have: nothing else of the service writes them.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.db.transactions import atomic_with_retry
from outbox.jobs import enqueue
from payments.gateways.base import (
    Found,
    Gateway,
    GatewayRefused,
    InvalidMessage,
    Message,
    Opened,
    Outcome,
    Refunded,
)
from payments.models import Payment, Refund, TestRefund, TestSession

KIND = "test"
SIGNATURE = "Test-Signature"  # a header
MESSAGE_JOB, LATE_JOB = "test_gateway_message", "test_gateway_late_payment"
LATE = timedelta(seconds=2)  # after it has expired
OUTCOMES = {
    TestSession.Status.PAID: Outcome.SUCCEEDED,
    TestSession.Status.DECLINED: Outcome.FAILED,
    TestSession.Status.CLOSED: Outcome.CANCELLED,
}


def open_session(payment: Payment, plan: str = "") -> Opened:
    """Open a session, or return the one that the payment has already."""
    session, is_new = TestSession.objects.get_or_create(
        key=payment.pk,
        defaults={
            "amount": payment.amount,
            "currency": payment.currency,
            "plan": plan,
            "return_url": payment.return_url,
            "expires_at": payment.expires_at or timezone.now(),
        },
    )
    if is_new:
        _follow_plan(session)
    path = reverse("test-gateway", args=[session.pk])
    return Opened(str(session.pk), path, session.expires_at)


def _follow_plan(session: TestSession) -> None:
    match session.plan:
        case TestSession.Plan.PAY | TestSession.Plan.PAY_TWICE:
            pay(session_id=session.pk)
        case TestSession.Plan.DECLINE:
            decline(session_id=session.pk)
        case TestSession.Plan.PAY_LATE:
            enqueue(
                kind=LATE_JOB, body={"session": str(session.pk)}, run_at=session.expires_at + LATE
            )


@atomic_with_retry
def pay(*, session_id: UUID, is_late: bool = False) -> None:
    """Take the money, twice if the session plans so. Does nothing to a session that has ended."""
    session = _locked(session_id)
    is_over = session.expires_at <= timezone.now()
    if session.status == TestSession.Status.OPEN and (is_late or not is_over):
        times = 2 if session.plan == TestSession.Plan.PAY_TWICE else 1
        session.received = times * session.amount
        _end(session, TestSession.Status.PAID)


@atomic_with_retry
def decline(*, session_id: UUID) -> None:
    session = _locked(session_id)
    if session.status == TestSession.Status.OPEN:
        _end(session, TestSession.Status.DECLINED)


@atomic_with_retry
def close(*, session_id: UUID) -> None:
    """Let nobody pay the session any more, unless the money is on its way already."""
    session = _locked(session_id)
    is_on_its_way = session.plan == TestSession.Plan.PAY_LATE
    if session.status == TestSession.Status.OPEN and not is_on_its_way:
        _end(session, TestSession.Status.CLOSED)


def _locked(session_id: UUID) -> TestSession:
    return TestSession.objects.select_for_update().get(pk=session_id)


def _end(session: TestSession, status: TestSession.Status) -> None:
    session.status = status
    session.save(update_fields=["status", "received"])
    enqueue(kind=MESSAGE_JOB, body={"id": str(uuid4()), "session": str(session.pk)})


def look(payment: Payment) -> Found:
    session = TestSession.objects.filter(key=payment.pk).first()
    if session is None:
        return Found(Outcome.OPEN)
    if session.status != TestSession.Status.OPEN:
        return Found(
            OUTCOMES[TestSession.Status(session.status)], session.received, session.currency
        )
    is_over = session.expires_at <= timezone.now()
    can_come_late = session.plan == TestSession.Plan.PAY_LATE
    return Found(Outcome.EXPIRED if is_over and not can_come_late else Outcome.OPEN)


def close_session(payment: Payment) -> Found:
    session = TestSession.objects.filter(key=payment.pk).first()
    if session is None:
        return Found(Outcome.CANCELLED)
    close(session_id=session.pk)
    return look(payment)


@atomic_with_retry
def make_refund(refund: Refund) -> Refunded:
    """Give money back, once for each refund. Raises GatewayRefused for more than was received."""
    session = TestSession.objects.select_for_update().get(key=refund.payment_id)
    made = session.refunds.filter(key=refund.pk).first()
    if made is None:
        given = session.refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        if given + refund.amount > session.received:
            raise GatewayRefused("More than was paid cannot be refunded.")
        made = TestRefund.objects.create(key=refund.pk, session=session, amount=refund.amount)
    return Refunded(str(made.pk))


def message_about(event_id: str, session_id: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a message: this session has ended."""
    body = json.dumps({"id": event_id, "type": "session.ended", "session": session_id}).encode()
    return {SIGNATURE: _signature(body)}, body


def read_event(headers: Mapping[str, str], body: bytes) -> Message:
    if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), _signature(body).encode()):
        raise InvalidMessage("The signature is missing or wrong.")
    try:
        event = json.loads(body)
        return Message(event["id"], event["type"], event["session"], event)
    except (ValueError, KeyError, TypeError):
        raise InvalidMessage("The message cannot be read.") from None


def _signature(body: bytes) -> str:
    return salted_hmac("payments.gateways.trial", body, algorithm="sha256").hexdigest()


TRIAL = Gateway(
    kind=KIND,
    open=open_session,
    look=look,
    close=close_session,
    refund=make_refund,
    read_event=read_event,
)
