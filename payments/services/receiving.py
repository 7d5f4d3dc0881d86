"""Messages of gateways: stored once, and a reason to look, never believed."""

from collections.abc import Mapping

from core.db.transactions import atomic_with_retry
from core.errors import NotFound, raises
from outbox.jobs import enqueue
from payments.errors import MessageInvalid
from payments.gateways import gateway_of
from payments.gateways.base import InvalidMessage, Message
from payments.models import GatewayEvent
from payments.services.refunding import SEND_JOB

LOOK_JOB = "look_at_payment"


@raises(NotFound, MessageInvalid)
def receive_message(*, kind: str, headers: Mapping[str, str], body: bytes) -> None:
    """Check the signature, store the message, and let a worker look at the payment.

    A message that came before is stored and acted on only once.
    """
    gateway = gateway_of(kind)
    if gateway is None:
        raise NotFound
    try:
        message = gateway.read_event(headers, body)
    except InvalidMessage as problem:
        raise MessageInvalid(str(problem)) from None
    _store(kind=kind, message=message)


@atomic_with_retry
def _store(*, kind: str, message: Message) -> None:
    _, is_new = GatewayEvent.objects.get_or_create(
        gateway=kind,
        event_id=message.event_id,
        defaults={"type": message.type, "body": message.body},
    )
    if is_new and message.refund:
        enqueue(kind=SEND_JOB, body={"refund": message.refund})
    elif is_new and message.reference:
        enqueue(kind=LOOK_JOB, body={"kind": kind, "reference": message.reference})
