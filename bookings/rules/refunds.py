"""The refund of a cancelled seat. Pure: values in, values out.

Tiers are a cinema's refund tiers, as rows or as `Tier`, in any order. Without tiers the whole price
is refunded until the show starts. Hours are elapsed hours, so a day has 24 of them also when the
clocks change.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from bookings.results import Bill
from core.money import digits_of, rounded, rounded_down


class RefundTier(Protocol):
    """Until `hours_before` the start, `percent` of the price is refunded."""

    @property
    def hours_before(self) -> int: ...

    @property
    def percent(self) -> int: ...


class Tier(NamedTuple):
    """`percent` is refunded until `hours_before` the start, that moment included."""

    hours_before: int
    percent: int


WITHOUT_TIERS: Sequence[RefundTier] = [Tier(0, 100)]


def percent_at(
    tiers: Collection[RefundTier],
    starts_at: datetime,
    now: datetime,
    full_until: datetime | None = None,
) -> int:
    """Return the percentage that is refunded now, 0 to 100; 0 once the show has started.

    The tier with the most hours that has not passed yet applies. Until `full_until`, that moment
    included, everything is refunded, whatever the tiers say.
    """
    ahead = _ahead(tiers, starts_at, now, full_until)
    return ahead[0][1] if ahead else 0


def next_change(
    tiers: Collection[RefundTier],
    starts_at: datetime,
    now: datetime,
    full_until: datetime | None = None,
) -> tuple[datetime, int] | None:
    """Return (until when the present percentage applies, in UTC; the percentage afterwards).

    "Until Friday 20:15 you get 100%, afterwards 50%." The moment itself is still in time, unless it
    is the start of the show. None if nothing is refunded any more; otherwise the percentage changes
    at the start at the latest.
    """
    ahead = _ahead(tiers, starts_at, now, full_until)
    afterwards = [percent for _, percent in ahead[1:]] + [0]
    for (until, _), percent in zip(ahead, afterwards, strict=False):
        if percent < ahead[0][1]:
            return until, percent
    return None


def _ahead(
    tiers: Collection[RefundTier],
    starts_at: datetime,
    now: datetime,
    full_until: datetime | None,
) -> list[tuple[datetime, int]]:
    """Return (until when, percent) of each step that has not passed, the next one first."""
    starts_at = starts_at.astimezone(UTC)
    if now >= starts_at:
        return []
    steps = [
        (starts_at - timedelta(hours=tier.hours_before), tier.percent)
        for tier in tiers or WITHOUT_TIERS
    ]
    if full_until is not None:
        last = min(full_until.astimezone(UTC), starts_at)
        steps = [step for step in steps if step[0] > last]
        steps.append((last, 100))
    return sorted(step for step in steps if now <= step[0])


def refund_of(
    price: Decimal, percent: int, limit: Decimal | None = None, *, currency: str
) -> Decimal:
    """Return the share of the price, rounded half up to the smallest unit of the currency.

    `limit` is the most that can be refunded, where that is less than the price.
    """
    share = rounded(price * percent / 100, currency)
    limits = [price] if limit is None else [price, limit]
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

    If the new seats cost less, `percent` of the difference is refunded, and at most `refundable`:
    the refund for cancelling the old seats now. The later refund of the new seats is limited to the
    rest of that amount plus the extra payment. So a move to a show far ahead does not bypass the
    refund rule.

    Old prices may have digits that the currency does not have, from before they were rejected: such
    fractions are not refunded.
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
    """Return the bill for moving a hold: it is not paid, so nothing is refunded."""
    difference = sum(new_prices, Decimal(0)) - sum(old_prices, Decimal(0))
    return Bill(difference, [Decimal(0)] * len(old_prices), None)
