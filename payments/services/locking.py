"""Lock an order with its payments."""

from typing import NamedTuple

from bookings.models import Order
from bookings.rules.balance import Balance, Received
from bookings.services.locking import LockedOrder, lock_order
from payments.models import Payment


class Account(NamedTuple):
    """An order and its payments, the show of the order locked."""

    state: LockedOrder
    payments: list[Payment]

    @property
    def order(self) -> Order:
        return self.state.order

    @property
    def open(self) -> Payment | None:
        """The payment whose outcome is not known yet, if any."""
        return next((payment for payment in self.payments if payment.is_open), None)

    @property
    def balance(self) -> Balance:
        """The balance by the payments and the bookings as they are now in memory."""
        return self.state.replace_received(self.received).balance

    @property
    def received(self) -> list[Received]:
        return [
            Received(payment.amount, payment.settled_at, payment.refunded)
            for payment in self.payments
            if payment.settled_at is not None
        ]

    def payment(self, payment: Payment) -> Payment:
        """Return the locked row of a payment of this order."""
        return next(each for each in self.payments if each.pk == payment.pk)


def lock_account(order: Order) -> Account:
    """Lock the show of the order, then its payments. Within a transaction."""
    state = lock_order(order)
    payments = list(Payment.objects.locked().filter(order=state.order.pk))
    for payment in payments:
        payment.order = state.order
    return Account(state, payments)
