"""Recording money that staff received: cash, a card terminal, or elsewhere."""

from decimal import Decimal

from accounts.models import User
from audit.records import record
from bookings.errors import AlreadyCancelled, HoldExpired, PaymentUsed, ShowStarted
from bookings.models import Order
from bookings.rules.orders import ensure_active, ensure_can_confirm
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
from core.money import has_its_digits, sentence_of_digits, with_currency
from movies.errors import ShowCancelled
from outbox.events import record_events
from payments import events
from payments.errors import NothingDue
from payments.models import Payment
from payments.services.locking import lock_account
from payments.services.refunding import open_refunds
from payments.services.settling import book_what_is_paid


@raises(NothingDue, PaymentUsed, HoldExpired, AlreadyCancelled, ShowStarted, ShowCancelled)
@atomic_with_retry
def record_payment(
    *, order: Order, kind: str, by: User, amount: Decimal | None = None, reference: str = ""
) -> Payment:
    """Record money for what is due, or a part of it, and book what is then paid. Locks the show.

    Without an amount all that is due. A reference, such as the number of a terminal's receipt, is
    for one payment of its kind. On record. Raises InvalidInput for an amount that is not due.
    """
    account = lock_account(order)
    order = account.order
    ensure_active(order)
    if order.status == Order.Status.HELD:
        ensure_can_confirm(order)
    due = account.balance.due
    if not due:
        raise NothingDue
    amount = due if amount is None else amount
    _ensure_amount(amount, due, order.currency)
    if reference and Payment.objects.filter(kind=kind, reference=reference).exists():
        raise PaymentUsed
    payment = Payment.objects.create(
        order=order,
        kind=kind,
        status=Payment.Status.SUCCEEDED,
        amount=amount,
        currency=order.currency,
        reference=reference,
        settled_at=account.state.present,
        recorded_by=by,
    )
    account.payments.append(payment)
    record(
        "record_payment", payment, after={"order": order.code, "kind": kind, "amount": str(amount)}
    )
    record_events([events.of_payment("succeeded", payment)])
    book_what_is_paid(account, at=payment)
    open_refunds(account)
    return payment


def _ensure_amount(amount: Decimal, due: Decimal, currency: str) -> None:
    if not has_its_digits(amount, currency):
        raise InvalidInput.of("amount", sentence_of_digits(currency))
    if not 0 < amount <= due:
        raise InvalidInput.of("amount", f"More than 0 and at most {with_currency(due, currency)}.")
