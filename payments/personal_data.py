"""What payments store about the customer of an order."""

from typing import Any

from accounts.data_registry import Part, register
from accounts.models import User
from core.money import shown
from payments.models import Payment, TestSession


def _payments(user: User) -> list[dict[str, Any]]:
    """Return the payments of the user's orders, the oldest first."""
    payments = Payment.objects.filter(order__customer=user).select_related("order")
    return [
        {
            "order": payment.order.code,
            "kind": payment.kind,
            "status": payment.status,
            "amount": shown(payment.amount, payment.currency),
            "refunded": shown(payment.refunded, payment.currency),
            "currency": payment.currency,
            "reference": payment.reference,
            "return_url": payment.return_url,
            "created_at": payment.created_at,
            "settled_at": payment.settled_at,
        }
        for payment in payments.order_by("created_at", "pk")
    ]


def _erase_payments(user: User) -> None:
    """Erase what the customer's program sent. Sums and the references of money stay: the books."""
    payments = Payment.objects.filter(order__customer=user)
    TestSession.objects.filter(key__in=list(payments.values_list("pk", flat=True))).update(
        return_url=""
    )
    payments.exclude(return_url="").update(return_url="")


register("payments", Part(_payments, _erase_payments))
