"""The events of payments and refunds. Recorded in the transaction in which they happen."""

from core.money import shown
from outbox.events import NewEvent
from payments.models import Payment, Refund


def of_payment(what: str, payment: Payment) -> NewEvent:
    """payment.succeeded or payment.failed."""
    body = {
        "payment": str(payment.pk),
        "order": payment.order.code,
        "kind": payment.kind,
        "status": payment.status,
        "amount": shown(payment.amount, payment.currency),
        "currency": payment.currency,
    }
    return NewEvent(f"payment.{what}", f"payment:{payment.pk}", body)


def of_refund(what: str, refund: Refund) -> NewEvent:
    """refund.due, refund.succeeded or refund.failed."""
    payment = refund.payment
    body = {
        "refund": str(refund.pk),
        "payment": str(payment.pk),
        "order": payment.order.code,
        "reason": refund.reason,
        "status": refund.status,
        "amount": shown(refund.amount, payment.currency),
        "currency": payment.currency,
    }
    return NewEvent(f"refund.{what}", f"refund:{refund.pk}", body)
