"""Prices of the seats of a show, and the sales rules of their categories."""

from decimal import Decimal
from typing import NamedTuple, Self

from core.cache import cached
from core.money import rounded
from core.names import name_key, same_name
from movies.errors import PriceMissing, TicketTypeUnknown
from movies.models import Price, SeatCategory, Show, TicketType
from movies.models.prices import BY_TICKET_TYPE


class Ticket(NamedTuple):
    """The ticket type and the price of one seat; a free show has no ticket types."""

    ticket_type: TicketType | None
    price: Decimal


class CategoryPricing(NamedTuple):
    """The tickets of one category of seats, the default first.

    An empty list: the seats are free. None: the price list has no price for them.
    """

    name: str
    is_sold_in_pairs: bool
    is_accessible: bool
    is_companion: bool
    has_restricted_view: bool
    tickets: list[Ticket] | None

    @classmethod
    def of(cls, category: SeatCategory, tickets: list[Ticket] | None) -> Self:
        return cls(
            category.name,
            category.is_sold_in_pairs,
            category.is_accessible,
            category.is_companion,
            category.has_restricted_view,
            tickets,
        )

    @property
    def is_on_request(self) -> bool:
        """Whether its seats are given only to customers who ask for them."""
        return self.is_accessible or self.is_companion

    def ticket(self, name: str | None = None) -> Ticket:
        """Return the ticket of this ticket type, or the default ticket.

        Raises TicketTypeUnknown; or PriceMissing, although no show is scheduled with an incomplete
        price list.
        """
        if self.tickets is None:
            raise PriceMissing
        if not self.tickets:
            if name is not None:
                raise TicketTypeUnknown(
                    "This show is free: there are no ticket types.", ticket_types=[]
                )
            return Ticket(None, Decimal(0))
        for ticket in self.tickets:
            if name is None or same_name(str(ticket.ticket_type), name):
                return ticket
        known = [str(ticket.ticket_type) for ticket in self.tickets]
        raise TicketTypeUnknown(
            f"There is no ticket type {name} for this seat: there are {', '.join(known)}.",
            ticket_types=known,
        )


class ShowPricing:
    """The pricing of each category of a show's hall."""

    def __init__(self, by_category: dict[str, CategoryPricing], *, is_free: bool) -> None:
        """Categories are given by `name_key`; a free show needs none."""
        self._by_category = by_category
        self._other_tickets: list[Ticket] | None = [] if is_free else None

    def for_category(self, category: str) -> CategoryPricing:
        """Return the pricing of a category by its name in the seating plan, in any spelling."""
        ordinary = CategoryPricing(category, False, False, False, False, self._other_tickets)
        return self._by_category.get(name_key(category), ordinary)


def pricing_of(show: Show) -> ShowPricing:
    """Return the pricing of a show from the cache.

    The prices are those of the version of `show.price_list` or newer, so they are current if it was
    read under the lock. Ticket types and categories may be MEMORY_SECONDS old. One query if the
    pricing is not cached, none for a free show with numbered seats.
    """
    version = show.price_list.version if show.price_list else 0
    return _pricing(show.price_list_id, show.seating_plan_id, version)


@cached(max_entries=1000)
def _pricing(price_list_id: int | None, seating_plan_id: int | None, _version: int) -> ShowPricing:
    if price_list_id is None:
        return ShowPricing(_free_categories(seating_plan_id), is_free=True)
    return ShowPricing(_priced_categories(price_list_id), is_free=False)


def _priced_categories(price_list_id: int) -> dict[str, CategoryPricing]:
    """Return the categories of a price list, which cover every category of the hall."""
    prices = Price.objects.filter(price_list=price_list_id).order_by(*BY_TICKET_TYPE)
    tickets: dict[SeatCategory, list[Ticket]] = {}
    for price in prices.select_related("category", "ticket_type", "price_list"):
        ticket = Ticket(price.ticket_type, rounded(price.amount, price.price_list.currency))
        tickets.setdefault(price.category, []).append(ticket)
    return {category.name_key: CategoryPricing.of(category, t) for category, t in tickets.items()}


def _free_categories(seating_plan_id: int | None) -> dict[str, CategoryPricing]:
    if seating_plan_id is None:
        return {}
    categories = SeatCategory.objects.filter(seating_plans=seating_plan_id)
    return {category.name_key: CategoryPricing.of(category, []) for category in categories}
