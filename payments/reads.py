"""What bookings asks through its door `bookings.received`: the payments of orders."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from bookings.models import Order
from bookings.received import Reads
from bookings.rules.balance import Received
from core.db.statements import Query, Statement
from payments.models.payments import Payment, PaymentQuerySet


def _values(payments: PaymentQuerySet) -> QuerySet[Any, Any]:
    return payments.succeeded().order_by().values_list("amount", "settled_at", "refunded")


OF_ORDER = Statement(lambda order: _values(Payment.objects.filter(order=order)))
OF_CODE = Statement(lambda code: _values(Payment.objects.filter(order__code=code)))


def _received(rows: list[tuple[Decimal, datetime, Decimal]]) -> list[Received]:
    return [Received(*row) for row in rows]


def of_order(pk: int) -> Query:
    return OF_ORDER.with_values(order=pk).then(_received)


def of_code(code: str) -> Query:
    return OF_CODE.with_values(code=code).then(_received)


def prefetches() -> Sequence[Any]:
    return [Prefetch("payments", queryset=Payment.objects.order_by())]


def loaded(order: Order) -> Sequence[Received]:
    """Return the payments of an order; one query unless it was loaded with `prefetches`."""
    return [
        Received(payment.amount, payment.settled_at, payment.refunded)
        for payment in order.payments.all()
        if payment.settled_at is not None
    ]


READS = Reads(of_order=of_order, of_code=of_code, prefetches=prefetches, loaded=loaded)
