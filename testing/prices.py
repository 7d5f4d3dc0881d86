"""Price tables for tests: {(category, ticket type): amount}, as `make_price_list` takes them."""

from decimal import Decimal


def adult_and_child(**categories):
    """Return a table of an adult's and a child's price: `Standard=("11.00", "7.50")`."""
    return {
        (category, ticket_type): Decimal(amount)
        for category, amounts in categories.items()
        for ticket_type, amount in zip(("Adult", "Child"), amounts, strict=True)
    }


def adult(**categories):
    """Return a table with one price per category: `Standard=9, Couple="12.50"`."""
    return {(category, "Adult"): Decimal(amount) for category, amount in categories.items()}


STANDARD_AND_PREMIUM = adult_and_child(Standard=("11.00", "7.50"), Premium=("14.25", "9.00"))
STANDARD_AND_COUPLE = adult_and_child(Standard=("10.05", "7.50"), Couple=("12.00", "9.00"))
