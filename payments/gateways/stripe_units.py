"""Amounts as Stripe counts them: integers of the smallest unit, by rules of its own.

Sources: https://docs.stripe.com/currencies#zero-decimal, #three-decimal and #special-cases.
"""

from decimal import Decimal

from core.money import digits_of

# Digits that differ from those of ISO 4217: ariary have none, and krónur and shillings have two,
# which must be zeros.
DIGITS = {"MGA": 0, "ISK": 2, "UGX": 2}
STEPS = {3: 10}  # by digits: amounts of three digits end with a zero


def to_units(amount: Decimal, currency: str) -> int:
    """Return the amount in Stripe's units. Raises ValueError for one that Stripe cannot take."""
    digits = DIGITS.get(currency, digits_of(currency))
    units = amount.scaleb(digits)
    step = STEPS.get(digits, 1)
    if units != int(units) or int(units) % step:
        raise ValueError(f"Stripe takes no {amount.normalize():f} {currency}.")
    return int(units)


def from_units(units: int, currency: str) -> Decimal:
    """Return the amount of so many of Stripe's units."""
    return Decimal(units).scaleb(-DIGITS.get(currency, digits_of(currency)))
