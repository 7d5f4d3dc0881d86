"""Whether a show can be sold with a price list.

Prices are given as pairs of names: (category, ticket type).
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from core.errors import FieldError, InvalidInput
from core.money import has_its_digits, sentence_of_digits
from core.names import name_key
from movies.errors import PriceGap, PriceMissing
from movies.models import PriceList, Show
from movies.seating.numbered_hall import CATEGORY as NUMBERED_CATEGORY


def ensure_upcoming_shows_can_be_sold(
    price_list: PriceList, prices: Iterable[tuple[str, str]]
) -> None:
    """Ensure that these prices fit every upcoming show with the price list.

    Raises PriceMissing with the gaps of all halls, or InvalidInput if a cinema sells in another
    currency.
    """
    prices = set(prices)
    shows = Show.objects.with_places().on().upcoming().filter(price_list=price_list)
    one_per_hall = {(show.seating_plan_id, show.screen.cinema.currency): show for show in shows}
    _ensure_can_be_sold(list(one_per_hall.values()), price_list, prices)


def ensure_digits_fit(currency: str, amounts: Iterable[Decimal]) -> None:
    """Ensure that no amount has more digits than its currency. Raises InvalidInput."""
    sentence = sentence_of_digits(currency)
    errors = [
        FieldError(f"prices.{index}.amount", sentence, "max_decimal_places")
        for index, amount in enumerate(amounts)
        if not has_its_digits(amount, currency)
    ]
    if errors:
        raise InvalidInput(errors)


def ensure_show_can_be_sold(
    show: Show, price_list: PriceList, prices: Iterable[tuple[str, str]]
) -> None:
    """Ensure the currency of the cinema, and a price for each category and ticket type.

    Raises InvalidInput, or PriceMissing with all gaps.
    """
    _ensure_can_be_sold([show], price_list, set(prices))


def _ensure_can_be_sold(
    shows: Sequence[Show], price_list: PriceList, prices: Collection[tuple[str, str]]
) -> None:
    for show in shows:
        cinema = show.screen.cinema
        if price_list.currency != cinema.currency:
            raise InvalidInput.of(
                "price_list",
                f"{price_list.name} is in {price_list.currency}, {cinema} sells in "
                f"{cinema.currency}.",
            )
    priced = {(name_key(category), ticket_type) for category, ticket_type in prices}
    ticket_types = sorted({ticket_type for _, ticket_type in priced}) or ["any ticket type"]
    gaps = {
        (name_key(category), ticket_type): PriceGap(category, ticket_type)
        for show in shows
        for category in _categories_of(show)
        for ticket_type in ticket_types
        if (name_key(category), ticket_type) not in priced
    }
    if gaps:
        raise PriceMissing.of(price_list.name, list(gaps.values()))


def _categories_of(show: Show) -> list[str]:
    if show.seating_plan is None:
        return [NUMBERED_CATEGORY]
    return [category.name for category in show.seating_plan.categories.all()]
