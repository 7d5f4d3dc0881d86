"""Money: how many digits after the point a currency has, from the list that Babel keeps."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

from babel.core import get_global

# The columns of amounts: twelve digits before the point, for IRR, and three after it, for KWD. A
# total has room for a hundred and more of the highest prices.
DECIMAL_PLACES = 3
MAX_DIGITS = 15
MAX_TOTAL_DIGITS = 18


@cache
def known_currencies() -> frozenset[str]:
    """Return the codes of all currencies in which a country counts or has counted.

    Not in it: codes without such a country, such as XXX (none), XTS (tests) and XAU (gold).
    """
    by_territory = get_global("territory_currencies").values()
    return frozenset(
        code
        for currencies in by_territory
        for code, _from, _until, is_tender in currencies
        if is_tender
    )


@cache
def present_currencies() -> frozenset[str]:
    """Return the codes of all currencies in which a country counts today."""
    by_territory = get_global("territory_currencies").values()
    return frozenset(
        code
        for currencies in by_territory
        for code, _from, until, is_tender in currencies
        if is_tender and until is None
    )


@cache
def digits_of(currency: str) -> int:
    """Return the digits after the point: JPY 0, EUR 2, KWD 3; 2 for an unknown code."""
    digits = get_global("currency_fractions")
    return min(int(digits.get(currency, digits["DEFAULT"])[0]), DECIMAL_PLACES)


@cache
def smallest_unit(currency: str) -> Decimal:
    """Return such as Decimal("0.01")."""
    return Decimal(1).scaleb(-digits_of(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the digits of its currency, rounded half up."""
    return amount.quantize(smallest_unit(currency), ROUND_HALF_UP)


def rounded_down(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the digits of its currency, without what is beyond them."""
    return amount.quantize(smallest_unit(currency), ROUND_DOWN)


def has_its_digits(amount: Decimal, currency: str) -> bool:
    """Return whether the currency has this amount: 10.00 JPY exists, 10.50 JPY does not."""
    return amount == rounded_down(amount, currency)


def shown(amount: Decimal | int, currency: str) -> str:
    """Return the amount with exactly the digits of its currency: "1001", "10.50", "2.125"."""
    return f"{rounded(Decimal(amount), currency):f}"


def with_currency(amount: Decimal | int, currency: str) -> str:
    """Return such as "10.50 EUR" or "1001 JPY"."""
    return f"{shown(amount, currency)} {currency}"


def sentence_of_digits(currency: str) -> str:
    """Say how many digits the amounts of a currency have."""
    digits = digits_of(currency)
    if digits == 0:
        return f"Amounts in {currency} have no digits after the point."
    return f"Amounts in {currency} have at most {digits} digits after the point."
