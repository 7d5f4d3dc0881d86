"""Giving money back: what is left over of an order, through the payments that brought it."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from audit.records import record
from bookings.models import Order
from core.db.transactions import atomic_with_retry
from core.errors import raises
from outbox.events import record_events
from outbox.jobs import enqueue
from payments import events
from payments.errors import RefundSettled
from payments.gateways import gateway_of
from payments.gateways.base import GatewayRefused, MadeRefund, Refunded
from payments.models import Payment, Refund, RefundLine
from payments.services.locking import Account, lock_account

SEND_JOB = "send_refund"
NOTHING = Decimal(0)


@atomic_with_retry
def refund_order(*, order: Order) -> list[Refund]:
    """Open refunds for what is left over of an order's money. Locks the show.

    Nothing is left over a second time, so it may run any number of times.
    """
    return open_refunds(lock_account(order))


def open_refunds(account: Account) -> list[Refund]:
    """Open refunds for the surplus, the newest payments first. Within the caller's transaction."""
    left = account.balance.surplus
    refunds: list[Refund] = []
    lines = _lines_to_refund(account)
    for payment in sorted(account.payments, key=_newest_first):
        amount = min(left, payment.left) if payment.status == Payment.Status.SUCCEEDED else NOTHING
        if amount > 0:
            refunds.append(_open(account, payment, amount, lines))
            left -= amount
    record_events([events.of_refund("due", refund) for refund in refunds])
    return refunds


def write_made_refunds(payment: Payment, made: Iterable[MadeRefund]) -> None:
    """Write down refunds that were made at the gateway by hand, each once."""
    known = set(payment.refunds.values_list("reference", flat=True))
    for each in made:
        if each.reference in known or each.amount > payment.left:
            continue
        refund = Refund.objects.create(
            payment=payment,
            amount=each.amount,
            reason=Refund.Reason.EXTERNAL,
            status=Refund.Status.SUCCEEDED,
            reference=each.reference,
            settled_at=timezone.now(),
        )
        payment.refunded += each.amount
        payment.save(update_fields=["refunded"])
        record_events([events.of_refund("succeeded", refund)])


def _newest_first(payment: Payment) -> float:
    return -payment.settled_at.timestamp() if payment.settled_at else 0


def _open(account: Account, payment: Payment, amount: Decimal, lines: dict[int, Decimal]) -> Refund:
    refund = Refund.objects.create(payment=payment, amount=amount, reason=_reason(account, lines))
    payment.refunded += amount
    payment.save(update_fields=["refunded"])
    left = amount
    for booking, share in list(lines.items()):
        if part := min(left, share):
            RefundLine.objects.create(refund=refund, booking_id=booking, amount=part)
            lines[booking] -= part
            left -= part
    if payment.kind not in Payment.RECORDED:
        enqueue(kind=SEND_JOB, body={"refund": str(refund.pk)}, dedupe=f"refund:{refund.pk}")
    return refund


def _lines_to_refund(account: Account) -> dict[int, Decimal]:
    """Return {booking: what it brings back, as far as no refund has a line for it}."""
    cancelled = {
        booking.pk: booking.refund
        for booking in account.state.bookings
        if booking.refund and booking.booked_at is not None
    }
    made = (
        RefundLine.objects.filter(booking__in=cancelled)
        .exclude(refund__status=Refund.Status.FAILED)
        .values_list("booking")
        .annotate(sum=Sum("amount"))
    )
    done = dict(made) if cancelled else {}
    return {pk: refund - done.get(pk, NOTHING) for pk, refund in cancelled.items()}


def _reason(account: Account, lines: dict[int, Decimal]) -> Refund.Reason:
    if any(lines.values()):
        return Refund.Reason.CANCELLED
    is_live = account.order.status in (Order.Status.HELD, Order.Status.BOOKED)
    return Refund.Reason.SURPLUS if is_live else Refund.Reason.LATE


def send_refund(*, refund: Refund) -> Refund:
    """Let the gateway make the refund, once however often this is called.

    Raises GatewayDown. A refund that the gateway refuses has failed, and waits for staff.
    """
    gateway = gateway_of(refund.payment.kind)
    if gateway is None or refund.status not in (Refund.Status.DUE, Refund.Status.SENT):
        return refund
    _mark_sent(refund=refund)
    try:
        made = gateway.refund(refund)
    except GatewayRefused as refusal:
        return settle_refund(refund=refund, error=str(refusal) or "The gateway refused it.")
    return settle_refund(refund=refund, made=made)


@atomic_with_retry
def _mark_sent(*, refund: Refund) -> None:
    due = Refund.objects.filter(pk=refund.pk, status=Refund.Status.DUE)
    due.update(status=Refund.Status.SENT, sent_at=timezone.now())


@atomic_with_retry
def settle_refund(*, refund: Refund, made: Refunded | None = None, error: str = "") -> Refund:
    """Write what became of a refund at its gateway. Locks the show."""
    account = lock_account(refund.payment.order)
    payment = account.payment(refund.payment)
    refund = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
    refund.payment = payment
    if refund.status not in (Refund.Status.DUE, Refund.Status.SENT):
        return refund
    if made is not None:
        refund.reference = made.reference
        if not made.is_done:
            refund.save(update_fields=["reference"])
            return refund
        refund.status, refund.settled_at = Refund.Status.SUCCEEDED, timezone.now()
    else:
        refund.status, refund.error = Refund.Status.FAILED, error[:300]
        payment.refunded -= refund.amount
        payment.save(update_fields=["refunded"])
    refund.save(update_fields=["status", "reference", "settled_at", "error"])
    what = "succeeded" if refund.status == Refund.Status.SUCCEEDED else "failed"
    record_events([events.of_refund(what, refund)])
    return refund


@raises(RefundSettled)
@atomic_with_retry
def pay_out_refund(*, refund: Refund, by: User) -> Refund:
    """Write down that staff gave the money back by hand. Locks the show. On record.

    For a payment at the counter, or where the gateway could not do it.
    """
    account = lock_account(refund.payment.order)
    payment = account.payment(refund.payment)
    refund = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
    refund.payment = payment
    is_by_hand = payment.kind in Payment.RECORDED and refund.status == Refund.Status.DUE
    if not is_by_hand and refund.status != Refund.Status.FAILED:
        raise RefundSettled
    if refund.status == Refund.Status.FAILED:
        if payment.left < refund.amount or account.balance.surplus < refund.amount:
            raise RefundSettled  # another refund has taken its place
        payment.refunded += refund.amount
        payment.save(update_fields=["refunded"])
    before = refund.status
    refund.status, refund.settled_at = Refund.Status.SUCCEEDED, timezone.now()
    refund.settled_by = by
    refund.save(update_fields=["status", "settled_at", "settled_by"])
    record("pay_out_refund", refund, before={"status": before}, after={"status": refund.status})
    record_events([events.of_refund("succeeded", refund)])
    return refund


@raises(RefundSettled)
@atomic_with_retry
def try_refund_again(*, refund: Refund, by: User) -> list[Refund]:
    """Open new refunds in place of one that failed. Locks the show. On record."""
    account = lock_account(refund.payment.order)
    refund = Refund.objects.get(pk=refund.pk)
    if refund.status != Refund.Status.FAILED or not account.balance.surplus:
        raise RefundSettled
    opened = open_refunds(account)
    record("try_refund_again", refund, after={"refunds": [str(each.pk) for each in opened]})
    return opened
