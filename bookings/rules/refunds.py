"""What comes back of the price of a seat that is given back. Values in, values out.

Tiers are a cinema's `refund_tiers`, as rows or as Tiers, in any order; none: all comes back until
the show starts. Hours are hours that pass, not hours on a clock: a day before a show is 24 of them
also where the clocks change.
"""

from datetime import UTC, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")


class Tier(NamedTuple):
    """`percent` comes back until `hours_before` the start, that moment included."""

    hours_before: int
    percent: int


WITHOUT_TIERS = [Tier(0, 100)]


def percent_at(tiers, starts_at, now):
    """How much comes back now, 0 to 100: as the tier with the most hours says that has not passed.

    From the start on, 0.
    """
    ahead = _ahead(tiers, starts_at, now)
    return ahead[0][1] if ahead else 0


def next_change(tiers, starts_at, now):
    """(until when what comes back now does, in UTC; the percent afterwards), or None.

    "Until Friday 20:15 you get 100%, afterwards 50%." The moment itself is still in time, unless it
    is the start of the show. None where nothing comes back any more; anything else changes, at the
    latest at the start.
    """
    ahead = _ahead(tiers, starts_at, now)
    afterwards = [percent for _, percent in ahead[1:]] + [0]
    for (until, _), percent in zip(ahead, afterwards, strict=False):
        if percent < ahead[0][1]:
            return until, percent
    return None


def _ahead(tiers, starts_at, now):
    """(until when, percent) of each tier that has not passed, the next first."""
    starts_at = starts_at.astimezone(UTC)
    if now >= starts_at:
        return []
    steps = [
        (starts_at - timedelta(hours=tier.hours_before), tier.percent)
        for tier in tiers or WITHOUT_TIERS
    ]
    return sorted(step for step in steps if now <= step[0])


def refund_of(price, percent, most=None):
    """The share of the price, to the cent, half a cent up; at most the price, and at most `most`.

    `most` is what can still be given back, where that is less than was paid.
    """
    share = (price * percent / 100).quantize(CENT, ROUND_HALF_UP)
    limits = [price] if most is None else [price, most]
    return min(share, *limits).quantize(CENT, ROUND_DOWN)


def shared_out(amount, prices):
    """Parts of the amount, one a price: as the prices are to each other, and no more than them.

    They add up to the amount exactly; the cents left over go to the largest remainders, of equal
    ones to the first. Raises ValueError where the amount is not from 0 to the sum of the prices.
    """
    cents, weights = _cents(amount), [_cents(price) for price in prices]
    total = sum(weights)
    if not 0 <= cents <= total:
        raise ValueError(f"{amount} is not from 0 to {Decimal(total).scaleb(-2)}.")
    shares, remainders = [], []
    for weight in weights:
        share, remainder = divmod(cents * weight, total or 1)
        shares.append(share)
        remainders.append(remainder)
    by_remainder = sorted(range(len(weights)), key=lambda nth: -remainders[nth])
    for nth in by_remainder[: cents - sum(shares)]:
        shares[nth] += 1
    return [Decimal(share).scaleb(-2) for share in shares]


def _cents(amount):
    cents = amount.scaleb(2)
    if cents != int(cents):
        raise ValueError(f"{amount} has parts of a cent.")
    return int(cents)


class Bill(NamedTuple):
    """What moving an order costs: line by line of the old seats and of the new ones."""

    difference: Decimal  # the new total less the old one
    refunds: list[Decimal]  # of the old seats; together what comes back
    refund_limits: list[Decimal] | None  # of the new seats; None: their prices

    @property
    def refund(self):
        return sum(self.refunds, Decimal(0))


def bill_of_move(*, old_prices, refundable, new_prices, percent):
    """The Bill for giving seats of the old prices for seats of the new ones.

    Where the new ones cost less, `percent` of the difference comes back, and at most
    `refundable`: what cancelling the old ones would bring back now. Cancelling the new ones later
    brings back no more than was left of that, and what was paid on top. So moving to a show far
    ahead does not undo the refund rule.
    """
    difference = sum(new_prices) - sum(old_prices)
    refund = refund_of(max(-difference, Decimal(0)), percent, refundable)
    left = refundable - refund + max(difference, Decimal(0))
    limits = shared_out(left, new_prices) if left < sum(new_prices) else None
    return Bill(difference, shared_out(refund, old_prices), limits)
