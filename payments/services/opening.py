"""Opening a payment at a gateway."""

from datetime import datetime, timedelta

from django.utils import timezone

from bookings.errors import AlreadyCancelled, HoldExpired, ShowStarted
from bookings.models import Order
from bookings.rules.orders import ensure_active, ensure_can_confirm
from bookings.transitions import extend
from core.db.transactions import atomic_with_retry
from core.errors import raises
from movies.errors import ShowCancelled
from payments.errors import (
    GatewayUnavailable,
    GatewayUnknown,
    NothingDue,
    PaymentPending,
    PaymentRefused,
)
from payments.gateways import gateway_of, gateways
from payments.gateways.base import Found, Gateway, GatewayDown, GatewayRefused, Opened, Outcome
from payments.models import Payment
from payments.services.locking import Account, lock_account
from payments.services.settling import close_payment, settle

TIME_TO_PAY = timedelta(minutes=30)  # for what a booked order still owes
TRIES = 3


@raises(
    GatewayUnknown,
    GatewayUnavailable,
    PaymentPending,
    PaymentRefused,
    NothingDue,
    HoldExpired,
    AlreadyCancelled,
    ShowStarted,
    ShowCancelled,
)
def open_payment(*, order: Order, kind: str, return_url: str = "", plan: str = "") -> Payment:
    """Open a payment of what is due, or return the one that is open at this gateway.

    An open payment of another gateway or amount is closed first. A hold is kept as long as its
    rules allow, so that the customer has time to pay. The gateway is called between two
    transactions, with the id of the payment: if its answer is lost, asking again opens no second
    payment. `plan` is what the test gateway shall do.
    """
    gateway = gateway_of(kind)
    if gateway is None:
        raise GatewayUnknown(kind, known=list(gateways()))
    for _ in range(TRIES):
        payment, fits = _find_or_create(order=order, kind=kind, return_url=return_url)
        if fits:
            return payment if payment.reference else _at_gateway(gateway, payment, plan)
        if close_payment(payment=payment).is_open:
            raise PaymentPending
    raise PaymentPending


@atomic_with_retry
def _find_or_create(*, order: Order, kind: str, return_url: str) -> tuple[Payment, bool]:
    """Return the open payment of the order, and whether it fits; a new one if there is none.

    Locks the show.
    """
    account = lock_account(order)
    order, now = account.order, timezone.now()
    ensure_active(order)
    if order.status == Order.Status.HELD:
        ensure_can_confirm(order)
    due, payment = account.balance.due, account.open
    if payment is not None:
        is_in_time = payment.expires_at is not None and payment.expires_at > now
        return payment, payment.kind == kind and payment.amount == due and is_in_time
    if not due:
        raise NothingDue
    payment = Payment.objects.create(
        order=order,
        kind=kind,
        amount=due,
        currency=order.currency,
        return_url=return_url,
        expires_at=_time_to_pay(account, now),
        created_at=now,
    )
    return payment, True


def _time_to_pay(account: Account, now: datetime) -> datetime:
    """Return until when the customer can pay. Extends a hold as far as its rules allow."""
    order = account.order
    if order.status != Order.Status.HELD:
        return now + TIME_TO_PAY
    expires_at, extendable_until = order.hold
    latest = min(extendable_until, order.show.on_sale_until)
    if latest > expires_at:
        extend(account.state, expires_at=latest)
    return max(latest, expires_at)


def _at_gateway(gateway: Gateway, payment: Payment, plan: str) -> Payment:
    try:
        opened = gateway.open(payment, plan)
    except GatewayDown:
        raise GatewayUnavailable from None
    except GatewayRefused as refusal:
        settle(payment=payment, found=Found(Outcome.FAILED))
        raise PaymentRefused(str(refusal)) from None
    return _opened(payment=payment, opened=opened)


@atomic_with_retry
def _opened(*, payment: Payment, opened: Opened) -> Payment:
    """Write down what the gateway has opened."""
    payment = Payment.objects.locked().select_related("order").get(pk=payment.pk)
    if payment.status == Payment.Status.CREATED:
        payment.status = Payment.Status.PENDING
    payment.reference, payment.url = opened.reference, opened.url
    payment.expires_at = opened.expires_at
    payment.save(update_fields=["status", "reference", "url", "expires_at"])
    return payment
