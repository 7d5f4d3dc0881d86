"""Saving price lists."""

from collections.abc import Mapping
from decimal import Decimal

from core.db.transactions import atomic_with_retry
from core.errors import raises
from core.money import rounded
from movies.errors import PriceMissing
from movies.locks import lock_price_list
from movies.models import Price, PriceList, SeatCategory, TicketType
from movies.rules.prices import ensure_digits_fit, ensure_upcoming_shows_can_be_sold


@raises(PriceMissing)
@atomic_with_retry
def save_price_list(
    *,
    name: str,
    currency: str,
    prices: Mapping[tuple[SeatCategory, TicketType], Decimal],
    price_list: PriceList | None = None,
) -> PriceList:
    """Save a new price list, or replace the name, the currency and all prices of one.

    Raises InvalidInput if an amount has digits that the currency does not have; PriceMissing or
    InvalidInput if an upcoming show could no longer be sold. Locks the price list, so no show is
    checked against it meanwhile.
    """
    ensure_digits_fit(currency, prices.values())
    saved = PriceList() if price_list is None else lock_price_list(price_list.pk)
    saved.name, saved.currency = name, currency
    saved.version += 1
    saved.save()
    saved.prices.all().delete()
    Price.objects.bulk_create(
        Price(
            price_list=saved,
            category=category,
            ticket_type=ticket_type,
            amount=rounded(amount, currency),
        )
        for (category, ticket_type), amount in prices.items()
    )
    ensure_upcoming_shows_can_be_sold(
        saved, {(category.name, ticket_type.name) for category, ticket_type in prices}
    )
    return saved
