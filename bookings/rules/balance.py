"""What an order has been paid, still owes, and gets back. Pure: values in, values out.

The seats and the payments of an order are walked through in the order of time. Money first covers
the seats that the order has. What a cancellation leaves over is kept by the refund rule, as far as
it was paid, and the rest comes back. So nothing comes back that was not paid, and a seat that was
never paid and cancelled late leaves no debt.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

NOTHING = Decimal(0)


class Charge(NamedTuple):
    """The price of one booking, from when until when it counts, and what the house keeps of it.

    `until` is None while the seat is held or booked; `kept` is 0 for a seat that was only held.
    """

    price: Decimal
    since: datetime
    until: datetime | None
    kept: Decimal


class Received(NamedTuple):
    """A payment that succeeded. `refunded` has its refunds, but for those that failed."""

    amount: Decimal
    at: datetime
    refunded: Decimal


class Balance(NamedTuple):
    """`received` - `refunded` = `covered` + `kept` + `surplus`, whatever happens.

    `total` is the price of the seats that the order has, `covered` the money that is there for
    them, `kept` what the house keeps of cancelled seats, `surplus` what must still be refunded.
    A refund that nobody asked for, as by hand at the gateway, makes the seats due again.
    """

    received: Decimal
    refunded: Decimal
    total: Decimal
    kept: Decimal
    surplus: Decimal

    @property
    def paid(self) -> Decimal:
        """What was paid and not refunded."""
        return self.received - self.refunded

    @property
    def covered(self) -> Decimal:
        return self.paid - self.kept - self.surplus

    @property
    def due(self) -> Decimal:
        """What is still to pay for the seats that the order has."""
        return max(self.total - self.covered, NOTHING)

    @property
    def refundable(self) -> Decimal:
        """The most that can still come back: what was paid, and neither refunded nor kept."""
        return max(self.paid - self.kept, NOTHING)


def balance_of(charges: Iterable[Charge], payments: Iterable[Received]) -> Balance:
    """Return the balance of an order.

    Charges that begin at the moment at which others end have replaced them, as a move does: what
    they cost is not kept a second time.
    """
    begins: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    ends: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    keeps: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    comes: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for charge in charges:
        begins[charge.since] += charge.price
        if charge.until is not None:
            until = max(charge.until, charge.since)
            ends[until] += charge.price
            keeps[until] += charge.kept
    refunded = NOTHING
    for payment in payments:
        comes[payment.at] += payment.amount
        refunded += payment.refunded
    received = total = kept = back = NOTHING
    for at in sorted({*begins, *ends, *comes}):
        received += comes[at]
        total += begins[at] - ends[at]
        left_over = max(received - kept - back - total, NOTHING)
        keep = min(left_over, max(keeps[at] - begins[at], NOTHING) if ends[at] else NOTHING)
        kept += keep
        back += left_over - keep
    return Balance(received, refunded, total, kept, surplus=max(back - refunded, NOTHING))
