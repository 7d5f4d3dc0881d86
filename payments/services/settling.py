"""Settling a payment: the one way in which money from a gateway reaches an order."""

import logging
from datetime import datetime

from django.utils import timezone

from bookings.models import Booking, Order
from bookings.occupancy import occupancy_of
from bookings.rules.sale import ensure_on_sale, ensure_within_limit
from bookings.transitions import book_again, book_held, expire_lapsed
from core.db.statements import together
from core.db.transactions import atomic_with_retry
from core.db.writes import next_keys
from core.errors import DomainError, raises
from outbox.events import record_events
from payments import events
from payments.errors import GatewayUnavailable
from payments.gateways import gateway_of
from payments.gateways.base import Found, GatewayDown, Outcome
from payments.models import Payment
from payments.services.locking import Account, lock_account
from payments.services.refunding import open_refunds, write_made_refunds

logger = logging.getLogger(__name__)

ENDS = {
    Outcome.FAILED: Payment.Status.FAILED,
    Outcome.EXPIRED: Payment.Status.EXPIRED,
    Outcome.CANCELLED: Payment.Status.CANCELLED,
}


@raises(GatewayUnavailable)
def look_at_payment(*, payment: Payment) -> Payment:
    """Ask the gateway what became of the payment, and settle it. Returns it as it is then."""
    gateway = gateway_of(payment.kind)
    if gateway is None:
        return payment
    try:
        found = gateway.look(payment)
    except GatewayDown:
        raise GatewayUnavailable from None
    return settle(payment=payment, found=found)


@raises(GatewayUnavailable)
def close_payment(*, payment: Payment) -> Payment:
    """Let nobody pay it any more, and settle it: it may have been paid a moment before."""
    gateway = gateway_of(payment.kind)
    if gateway is None:  # it may still be paid there
        return payment
    try:
        found = gateway.close(payment)
    except GatewayDown:
        raise GatewayUnavailable from None
    return settle(payment=payment, found=found)


@atomic_with_retry
def settle(*, payment: Payment, found: Found) -> Payment:
    """Write what became of a payment, and do what follows: book, or give back. Locks the show.

    Called for a message of the gateway, a customer who comes back, and by the sweeper. The
    same outcome twice changes nothing. Money that came books what the order holds; if the hold is
    over, the same seats, if they are still free and on sale; and what is left over is refunded.
    """
    account = lock_account(payment.order)
    payment = account.payment(payment)
    if found.outcome == Outcome.SUCCEEDED:
        if payment.status != Payment.Status.SUCCEEDED:
            _succeed(account, payment, found)
        if payment.status == Payment.Status.SUCCEEDED:
            write_made_refunds(payment, found.refunds)
    elif found.outcome in ENDS and payment.is_open:
        payment.status, payment.closed_at = ENDS[found.outcome], timezone.now()
        payment.save(update_fields=["status", "closed_at"])
        record_events([events.of_payment("failed", payment)])
    return payment


def _succeed(account: Account, payment: Payment, found: Found) -> None:
    if found.currency != payment.currency:
        logger.error(
            "Payment %s came in %s, not in %s: settle it by hand.",
            *(payment.pk, found.currency, payment.currency),
        )
        return
    payment.status, payment.settled_at = Payment.Status.SUCCEEDED, account.state.present
    payment.amount, payment.intent, payment.closed_at = found.amount, found.intent, None
    payment.save(update_fields=["status", "settled_at", "amount", "intent", "closed_at"])
    record_events([events.of_payment("succeeded", payment)])
    book_what_is_paid(account, at=payment)
    open_refunds(account)


def book_what_is_paid(account: Account, *, at: Payment) -> None:
    """Book the order if nothing is due for it any more."""
    order, now = account.order, at.settled_at or timezone.now()
    if order.status_now == Order.Status.HELD:
        if not account.balance.due and not order.show.is_cancelled:
            book_held(account.state, payment_reference="", now=now)
    elif order.status != Order.Status.BOOKED:
        _book_again(account, at, now)


def _book_again(account: Account, payment: Payment, now: datetime) -> None:
    """Book the seats of a hold that is over, unless they are gone or the sale is over.

    Only if this payment pays for all of them: money that came before is about to be refunded.
    """
    order, former = account.order, account.state.latest
    was_booked = any(booking.booked_at for booking in account.state.bookings)
    total = sum(booking.price for booking in former)
    if was_booked or payment.amount < total:
        return
    numbers = [booking.seat_number for booking in former]
    query = occupancy_of(order.show_id, seat_numbers=numbers, customer=order.customer_id)
    occupancy, [keys] = together(query, next_keys((Booking, len(numbers))))
    try:
        ensure_on_sale(order.show)
        ensure_within_limit(len(numbers), owned=occupancy.owned_by(order.customer_id))
    except DomainError:
        return
    if occupancy.taken.keys() & set(numbers):
        return
    expire_lapsed(occupancy.lapsed, numbers)
    new = book_again(account.state, former, booking_keys=keys, now=now)
    account.state.bookings.extend(new)
