"""Saving price lists."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import count

from audit.records import is_on_record, record
from core.db.transactions import atomic_with_retry
from core.errors import raises
from core.money import rounded
from core.names import name_key
from movies.errors import PriceMissing
from movies.locks import lock_price_list
from movies.models import Price, PriceList, SeatCategory, TicketType
from movies.rules.prices import ensure_digits_fit, ensure_upcoming_shows_can_be_sold

NAME_LENGTH = 100  # of PriceList.name


@atomic_with_retry
def duplicate_price_list(*, price_list: PriceList) -> PriceList:
    """Save a copy of a price list, named such as "Weekend (copy)" or "Weekend (copy 2)"."""
    copy = PriceList.objects.create(
        name=_name_of_copy(price_list.name), currency=price_list.currency
    )
    Price.objects.bulk_create(
        Price(
            price_list=copy,
            category_id=price.category_id,
            ticket_type_id=price.ticket_type_id,
            amount=price.amount,
        )
        for price in price_list.prices.order_by()
    )
    if is_on_record():
        record("duplicate", copy, after={"prices_of": str(price_list)})
    return copy


def _name_of_copy(name: str) -> str:
    """Return the first free name of a copy; a long name is cut."""
    beginning = name[: NAME_LENGTH - len(" (copy 9999)")]
    copies = PriceList.objects.filter(name_key__startswith=name_key(f"{beginning} (copy"))
    taken = set(copies.values_list("name_key", flat=True))
    numbered = (f"{beginning} (copy{f' {number}' if number > 1 else ''})" for number in count(1))
    return next(each for each in numbered if name_key(each) not in taken)


@raises(PriceMissing)
@atomic_with_retry
def save_price_list(
    *,
    name: str,
    currency: str,
    prices: Mapping[tuple[SeatCategory, TicketType], Decimal],
    price_list: PriceList | None = None,
) -> PriceList:
    """Save a new price list, or change the name, the currency and all prices of one.

    Raises InvalidInput if an amount has digits that the currency does not have; PriceMissing or
    InvalidInput if an upcoming show could no longer be sold. Locks the price list, so no show is
    checked against it meanwhile.
    """
    ensure_digits_fit(currency, prices.values())
    saved = PriceList() if price_list is None else lock_price_list(price_list.pk)
    saved.name, saved.currency = name, currency
    saved.version += 1
    saved.save()
    _save_prices(saved, {key: rounded(amount, currency) for key, amount in prices.items()})
    ensure_upcoming_shows_can_be_sold(
        saved, {(category.name, ticket_type.name) for category, ticket_type in prices}
    )
    return saved


def _save_prices(
    price_list: PriceList, wanted: Mapping[tuple[SeatCategory, TicketType], Decimal]
) -> None:
    """Change the rows that differ, and record them. Equal prices keep their rows."""
    currency = price_list.currency
    rows = price_list.prices.select_related("category", "ticket_type").order_by()
    stored = {(price.category_id, price.ticket_type_id): price for price in rows}
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    added, changed = [], []
    for (category, ticket_type), amount in wanted.items():
        name = f"{category}, {ticket_type}"
        price = stored.pop((category.pk, ticket_type.pk), None)
        if price is None:
            added.append(
                Price(
                    price_list=price_list, category=category, ticket_type=ticket_type, amount=amount
                )
            )
        elif price.amount != amount:
            before[name] = str(rounded(price.amount, currency))
            price.amount = amount
            changed.append(price)
        else:
            continue
        after[name] = str(amount)
    for price in stored.values():
        before[f"{price.category}, {price.ticket_type}"] = str(rounded(price.amount, currency))
    if stored:
        price_list.prices.filter(pk__in=[price.pk for price in stored.values()]).delete()
    if changed:
        Price.objects.bulk_update(changed, ["amount"])
    if added:
        Price.objects.bulk_create(added)
    if (before or after) and is_on_record():
        record("change_prices", price_list, before=before, after=after)
