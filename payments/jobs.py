"""The jobs of payments."""

import logging

from django.db.models import Q

from bookings.models import Order
from outbox.models import Job
from outbox.registry import RetryLater, every, handles
from payments import services
from payments.errors import GatewayUnavailable
from payments.gateways import trial
from payments.gateways.base import GatewayDown
from payments.models import Payment, Refund
from payments.services.receiving import LOOK_JOB
from payments.services.refunding import SEND_JOB

logger = logging.getLogger(__name__)

# Attempts. A message can be faster than the answer that has the reference.
PATIENCE = 5


@handles("refund_order", on=["order.cancelled", "order.moved", "order.expired"])
def refund_order(job: Job) -> None:
    """Open refunds after seats were cancelled or moved, or a hold with money expired."""
    if job.event is not None:
        code = job.event.body["code"]
        services.refund_order(order=Order.objects.get(code=code))


@handles(SEND_JOB)
def send_refund(job: Job) -> None:
    refund = Refund.objects.select_related("payment__order").get(pk=job.body["refund"])
    try:
        refund = services.send_refund(refund=refund)
    except GatewayDown as error:
        raise RetryLater(str(error) or "The gateway does not answer.") from None
    if refund.status in (Refund.Status.DUE, Refund.Status.SENT):
        raise RetryLater("The gateway is still working on it, or is not used any more.")


@handles(LOOK_JOB)
def look_at_payment(job: Job) -> None:
    """Settle the payment of which the gateway has sent news."""
    reference = job.body["reference"]
    found = Payment.objects.filter(kind=job.body["kind"])
    found = found.filter(Q(reference=reference) | Q(intent=reference))
    payment = found.select_related("order").first()
    if payment is None and job.attempts < PATIENCE:
        raise RetryLater("No payment has this reference yet.", seconds=2)
    if payment is None:
        logger.info("A message of %s is about no payment of ours.", job.body["kind"])
        return
    try:
        services.look_at_payment(payment=payment)
    except GatewayUnavailable as error:
        raise RetryLater(str(error)) from None


@every(15, "sweep_payments")
def sweep_payments() -> None:
    services.sweep_payments()


@handles(trial.MESSAGE_JOB)
def send_test_message(job: Job) -> None:
    """Send the message of the test gateway, as a bank would over the network."""
    headers, body = trial.message_about(job.body["id"], job.body["session"])
    services.receive_message(kind=trial.KIND, headers=headers, body=body)


@handles(trial.LATE_JOB)
def pay_late(job: Job) -> None:
    trial.pay(session_id=job.body["session"], is_late=True)
