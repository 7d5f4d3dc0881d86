"""Saving price lists."""

from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
from movies.errors import PriceMissing
from movies.models import Price, PriceList, Show
from movies.models.halls import category_key
from movies.seating.numbered_hall import CATEGORY as NUMBERED_CATEGORY


@raises(PriceMissing)
@atomic_with_retry
def save_price_list(*, price_list, prices):
    """Save a price list with exactly these prices: {(SeatCategory, TicketType): amount}.

    Raises PriceMissing where a show that is still to come could then not be sold. Locks the list,
    so no show is checked against it meanwhile.
    """
    if price_list.pk:
        PriceList.objects.select_for_update(no_key=True).get(pk=price_list.pk)
    price_list.save()
    price_list.prices.all().delete()
    Price.objects.bulk_create(
        Price(price_list=price_list, category=category, ticket_type=ticket_type, amount=amount)
        for (category, ticket_type), amount in prices.items()
    )
    check_price_list(price_list, {(category.name, kind.name) for category, kind in prices})
    return price_list


def check_price_list(price_list, prices):
    """Whether shows to come can be sold with these (category, ticket type) names.

    Raises PriceMissing or InvalidInput.
    """
    shows = Show.objects.with_places().on().upcoming().filter(price_list=price_list)
    one_of_each = {(show.seating_plan_id, show.screen.cinema.currency): show for show in shows}
    for show in one_of_each.values():
        _check_price_list_fits(price_list, prices, show)


def ensure_price_list_fits(show):
    """A price list is in the cinema's currency and complete for the hall, or it cannot be sold."""
    if show.price_list is not None:
        locked = PriceList.objects.select_for_update(no_key=True)
        show.price_list = locked.get(pk=show.price_list.pk)
        prices = show.price_list.prices.values_list("category__name", "ticket_type__name")
        _check_price_list_fits(show.price_list, prices, show)


def _check_price_list_fits(price_list, prices, show):
    """`prices` are the list's (category, ticket type) names."""
    cinema = show.screen.cinema
    if price_list.currency != cinema.currency:
        raise InvalidInput.of(
            "price_list",
            f"{price_list.name} is in {price_list.currency}, {cinema} sells in {cinema.currency}.",
        )
    there = {(category_key(category), ticket_type) for category, ticket_type in prices}
    ticket_types = sorted({ticket_type for _, ticket_type in there}) or ["any ticket type"]
    for category in _categories_of(show):
        for ticket_type in ticket_types:
            if (category_key(category), ticket_type) not in there:
                raise PriceMissing(f"{price_list.name} has no price for {category}, {ticket_type}.")


def _categories_of(show):
    if show.seating_plan is None:
        return [NUMBERED_CATEGORY]
    return [category.name for category in show.seating_plan.categories.all()]
