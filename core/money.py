"""Money: how many digits after the point a currency has, from the published table of ISO 4217."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency, raw_xml

# The columns of amounts: twelve digits before the point, for IRR, and three after it, for KWD. A
# total has room for a hundred and more of the highest prices.
DECIMAL_PLACES = 3
MAX_DIGITS = 15
MAX_TOTAL_DIGITS = 18


@cache
def known_currencies() -> frozenset[str]:
    """Return the codes of all currencies that are in use and that the columns can hold.

    Not in it: codes without digits, such as XXX (none), XTS (tests) and XAU (gold); units of
    account that are no tender, such as CLF; and currencies that were replaced, such as DEM.
    """
    funds = {
        entry.findtext("Ccy")
        for entry in raw_xml.iter("CcyNtry")
        if entry.find("CcyNm[@IsFund='true']") is not None
    }
    return frozenset(
        code for code, digits in _digits().items() if digits <= DECIMAL_PLACES and code not in funds
    )


def currency_name(currency: str) -> str:
    """Return the English name of a known currency, such as Euro."""
    return Currency(currency).currency_name


@cache
def digits_of(currency: str) -> int:
    """Return the digits after the point: JPY 0, EUR 2, KWD 3; 2 for an unknown code."""
    return min(_digits().get(currency, 2), DECIMAL_PLACES)


@cache
def _digits() -> dict[str, int]:
    """Return {code: digits after the point}, without codes that have none, such as XXX."""
    return {each.code: each.exponent for each in Currency if each.exponent is not None}


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
