"""The checks of money: for each, a query for wrong rows and a sentence about one."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookings.integrity_checks import HALF_A_UNIT, Check
from bookings.models import Order
from bookings.results import OrderState
from bookings.rules.balance import Balance
from core.money import with_currency
from payments.models import Payment, Refund
from payments.models.payments import AMOUNT

BATCH = 500  # orders that are recounted at once
QUIET = timedelta(minutes=10)  # that a worker may take to open a refund


def _wrong_sums() -> Iterator[Payment]:
    """Yield payments whose `refunded` is not the sum of their refunds."""
    made = Sum("refunds__amount", filter=~Q(refunds__status=Refund.Status.FAILED))
    zero = Value(Decimal(0), output_field=DecimalField(**AMOUNT))
    counted = Payment.objects.annotate(made=Coalesce(made, zero)).select_related("order")
    wrong = counted.filter(
        Q(made__gt=F("refunded") + HALF_A_UNIT) | Q(made__lt=F("refunded") - HALF_A_UNIT)
    )
    yield from wrong.order_by("pk")


class WrongOrder(NamedTuple):
    order: Order
    balance: Balance


def _recounted() -> Iterator[WrongOrder]:
    """Yield the orders with payments, each with its balance. Only these are read."""
    paid = Payment.objects.succeeded().values("order")
    last = 0
    while True:
        orders = Order.objects.filter(pk__in=paid, pk__gt=last).with_bookings().order_by("pk")
        batch = list(orders[:BATCH])
        for order in batch:
            yield WrongOrder(order, OrderState.of(order).balance)
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def _unrefunded() -> Iterator[WrongOrder]:
    """Yield orders with money left over that no refund gives back, nor has tried to."""
    before = timezone.now() - QUIET
    for wrong in _recounted():
        changes = [payment.settled_at for payment in wrong.order.payments.all()]
        changes += [booking.cancelled_at for booking in wrong.order.bookings.all()]
        is_old = all(moment is None or moment < before for moment in changes)
        if wrong.balance.surplus > 0 and is_old and not _has_failed(wrong.order):
            yield wrong


def _has_failed(order: Order) -> bool:
    return Refund.objects.filter(payment__order=order, status=Refund.Status.FAILED).exists()


CHECKS = [
    Check(
        "payments whose refunds do not add up",
        _wrong_sums,
        lambda payment: (
            f"Payment {payment.pk} of order {payment.order.code} says that "
            f"{with_currency(payment.refunded, payment.currency)} was refunded, but its refunds "
            f"add up to {with_currency(payment.made, payment.currency)}."
        ),
    ),
    Check(
        "orders with money left over",
        _unrefunded,
        lambda wrong: (
            f"Order {wrong.order.code} was paid "
            f"{with_currency(wrong.balance.surplus, wrong.order.currency)} too much, and no refund "
            "gives it back."
        ),
    ),
]
