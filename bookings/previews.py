"""What cancelling would bring back."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from bookings import errors
from bookings.models import Booking, Order
from bookings.rules import refunds
from bookings.services.cancelling import lines_to_cancel, refund_percent, refunds_of
from core.errors import InvalidInput, raises


class Preview(NamedTuple):
    """What cancelling these seats brings back now, and what it will when the rule's tier ends."""

    order: Order
    percent: int
    lines: list[Booking]
    refunds: list[Decimal]
    changes_at: datetime | None  # until then it is so; None: nothing changes
    percent_then: int | None
    refunds_then: list[Decimal] | None

    @property
    def show(self):
        return self.order.show

    @property
    def seats(self):
        """Seat by seat."""
        return [
            {"seat_number": line.seat_number, "price": line.price, "refund": refund}
            for line, refund in zip(self.lines, self.refunds, strict=True)
        ]

    @property
    def refund(self):
        return sum(self.refunds, Decimal(0))

    @property
    def refund_then(self):
        return None if self.refunds_then is None else sum(self.refunds_then, Decimal(0))


@raises(
    InvalidInput,
    errors.AlreadyCancelled,
    errors.SeatUnknown,
    errors.HalfAPair,
    errors.CancelTooLate,
    errors.HoldExpired,
)
def preview_cancelling(*, order, seat_numbers=None):
    """The Preview; nothing is written or locked. Raises what `cancel_order` raises."""
    lines, now = lines_to_cancel(order, seat_numbers), timezone.now()
    percent = refund_percent(order, now)
    tiers = order.show.screen.cinema.refund_tiers.all()
    stays = order.show.is_cancelled or not percent
    change = None if stays else refunds.next_change(tiers, order.show.starts_at, now)
    changes_at, then = change or (None, None)
    return Preview(
        order,
        percent,
        lines,
        refunds_of(order, lines, percent),
        changes_at,
        then,
        None if then is None else refunds_of(order, lines, then),
    )
