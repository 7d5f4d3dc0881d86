"""What comes back of the price of a seat that is cancelled. Pure: values in, values out.

Tiers are a cinema's refund tiers, as rows or as `Tier`, in any order. Without tiers the whole price
comes back until the show starts. Hours are elapsed hours, not hours on a clock: a day is 24 of them
also in the night when the clocks change.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from bookings.results import Bill
from core.money import digits_of, rounded, rounded_down


class RefundTier(Protocol):
    """Until `hours_before` the start, `percent` of the price comes back."""

    @property
    def hours_before(self) -> int: ...

    @property
    def percent(self) -> int: ...


class Tier(NamedTuple):
    """`percent` comes back until `hours_before` the start, that moment included."""

    hours_before: int
    percent: int


WITHOUT_TIERS: Sequence[RefundTier] = [Tier(0, 100)]


def percent_at(tiers: Collection[RefundTier], starts_at: datetime, now: datetime) -> int:
    """Return the percentage that comes back now, 0 to 100; 0 once the show has started.

    The tier with the most hours that has not passed yet applies.
    """
    ahead = _ahead(tiers, starts_at, now)
    return ahead[0][1] if ahead else 0


def next_change(
    tiers: Collection[RefundTier], starts_at: datetime, now: datetime
) -> tuple[datetime, int] | None:
    """Return (until when the present percentage applies, in UTC; the percentage afterwards).

    "Until Friday 20:15 you get 100%, afterwards 50%." The moment itself is still in time, unless it
    is the start of the show. None if nothing comes back any more; otherwise the percentage changes
    at the start at the latest.
    """
    ahead = _ahead(tiers, starts_at, now)
    afterwards = [percent for _, percent in ahead[1:]] + [0]
    for (until, _), percent in zip(ahead, afterwards, strict=False):
        if percent < ahead[0][1]:
            return until, percent
    return None


def _ahead(
    tiers: Collection[RefundTier], starts_at: datetime, now: datetime
) -> list[tuple[datetime, int]]:
    """Return (until when, percent) of each tier that has not passed, the next one first."""
    starts_at = starts_at.astimezone(UTC)
    if now >= starts_at:
        return []
    steps = [
        (starts_at - timedelta(hours=tier.hours_before), tier.percent)
        for tier in tiers or WITHOUT_TIERS
    ]
    return sorted(step for step in steps if now <= step[0])


def refund_of(
    price: Decimal, percent: int, most: Decimal | None = None, *, currency: str
) -> Decimal:
    """Return the share of the price, rounded half up to the smallest unit of the currency.

    `most` is what can still be given back, where that is less than the price.
    """
    share = rounded(price * percent / 100, currency)
    limits = [price] if most is None else [price, most]
    return rounded_down(min(share, *limits), currency)


def shared_out(amount: Decimal, prices: Sequence[Decimal], *, currency: str) -> list[Decimal]:
    """Split the amount in proportion to the prices, one part per price, none above its price.

    The parts add up to the amount exactly: leftover units of the currency go to the largest
    remainders, the first of equal ones. Raises ValueError unless the amount is from 0 to the sum of
    the prices, and for fractions of a unit.
    """
    digits = digits_of(currency)
    units, weights = _units(amount, digits), [_units(price, digits) for price in prices]
    total = sum(weights)
    if not 0 <= units <= total:
        raise ValueError(f"{amount} is not from 0 to {Decimal(total).scaleb(-digits)}.")
    shares, remainders = [], []
    for weight in weights:
        share, remainder = divmod(units * weight, total or 1)
        shares.append(share)
        remainders.append(remainder)
    by_remainder = sorted(range(len(weights)), key=lambda nth: -remainders[nth])
    for nth in by_remainder[: units - sum(shares)]:
        shares[nth] += 1
    return [Decimal(share).scaleb(-digits) for share in shares]


def _units(amount: Decimal, digits: int) -> int:
    units = amount.scaleb(digits)
    if units != int(units):
        raise ValueError(f"{amount} has more than {digits} digits after the point.")
    return int(units)


def bill_of_move(
    *,
    old_prices: Sequence[Decimal],
    refundable: Decimal,
    new_prices: Sequence[Decimal],
    percent: int,
    currency: str,
) -> Bill:
    """Return the bill for exchanging seats of the old prices for seats of the new ones.

    If the new seats cost less, `percent` of the difference comes back, and at most `refundable`:
    what cancelling the old seats would bring back now. Cancelling the new seats later brings back
    no more than what was left of that and what was paid on top. So a move to a show far ahead does
    not bypass the refund rule.

    Old prices may have digits that the currency does not have, from before they were refused: such
    fractions do not come back.
    """
    old_prices = [rounded_down(price, currency) for price in old_prices]
    difference = sum(new_prices, Decimal(0)) - sum(old_prices, Decimal(0))
    refund = refund_of(max(-difference, Decimal(0)), percent, refundable, currency=currency)
    left = refundable - refund + max(difference, Decimal(0))
    limits = None
    if left < sum(new_prices):
        limits = shared_out(left, new_prices, currency=currency)
    return Bill(difference, shared_out(refund, old_prices, currency=currency), limits)


def bill_of_held_move(old_prices: Sequence[Decimal], new_prices: Sequence[Decimal]) -> Bill:
    """Return the bill for moving a hold: it is not paid, so nothing comes back."""
    difference = sum(new_prices, Decimal(0)) - sum(old_prices, Decimal(0))
    return Bill(difference, [Decimal(0)] * len(old_prices), None)
