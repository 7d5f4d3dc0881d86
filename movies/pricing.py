"""What the seats of a show cost, and what their category means for selling them."""

from decimal import Decimal
from typing import NamedTuple

from core.cache import cached
from movies.errors import PriceMissing, TicketTypeUnknown
from movies.models import Price, SeatCategory, TicketType
from movies.models.halls import category_key
from movies.models.prices import BY_TICKET_TYPE


class Ticket(NamedTuple):
    """What one seat is sold for; a free show has no ticket types."""

    ticket_type: TicketType | None
    price: Decimal


class CategoryPricing(NamedTuple):
    """One category of seats."""

    name: str
    is_sold_in_pairs: bool
    is_accessible: bool
    is_companion: bool
    has_restricted_view: bool
    tickets: list[Ticket] | None  # the default first; none: it is free; None: it has no price

    @classmethod
    def of(cls, category, tickets):
        return cls(
            category.name,
            category.is_sold_in_pairs,
            category.is_accessible,
            category.is_companion,
            category.has_restricted_view,
            tickets,
        )

    @property
    def is_on_request(self):
        """Whether it is given only to who asks for it."""
        return self.is_accessible or self.is_companion

    def ticket(self, name=None):
        """The ticket of that ticket type, or the default; raises TicketTypeUnknown.

        Or PriceMissing, although no show is put on with an incomplete price list.
        """
        if self.tickets is None:
            raise PriceMissing
        if not self.tickets:
            if name is not None:
                raise TicketTypeUnknown("This show is free: there are no ticket types.")
            return Ticket(None, Decimal(0))
        for ticket in self.tickets:
            if name is None or ticket.ticket_type.name.casefold() == name.casefold():
                return ticket
        known = ", ".join(ticket.ticket_type.name for ticket in self.tickets)
        raise TicketTypeUnknown(f"There is no ticket type {name} for this seat: there are {known}.")


class ShowPricing:
    """The kinds of seats of a show."""

    def __init__(self, kinds, *, is_free):
        self._kinds = kinds  # {key of the category: CategoryPricing}
        self._other_tickets = [] if is_free else None

    def for_category(self, category):
        """The CategoryPricing of a category as the seating plan spells it."""
        ordinary = CategoryPricing(category, False, False, False, False, self._other_tickets)
        return self._kinds.get(category_key(category), ordinary)


def pricing_of(show):
    """The ShowPricing of a show, as it was a moment ago.

    One query where it is not remembered, or none where seats are numbered and free.
    """
    return _tariff(show.price_list_id, show.seating_plan_id)


@cached(max_entries=1000)
def _tariff(price_list, seating_plan):
    is_free = price_list is None
    kinds = _kinds_of_hall(seating_plan) if is_free else _kinds_of_prices(price_list)
    return ShowPricing(kinds, is_free=is_free)


def _kinds_of_prices(price_list):
    """A price list has a price for every category of the hall, so its categories will do."""
    prices = Price.objects.filter(price_list=price_list).select_related("category", "ticket_type")
    kinds = {}
    for price in prices.order_by(*BY_TICKET_TYPE):
        key = category_key(price.category.name)
        if key not in kinds:
            kinds[key] = CategoryPricing.of(price.category, [])
        kinds[key].tickets.append(Ticket(price.ticket_type, price.amount))
    return kinds


def _kinds_of_hall(seating_plan):
    if seating_plan is None:
        return {}
    categories = SeatCategory.objects.filter(seating_plans=seating_plan)
    return {
        category_key(category.name): CategoryPricing.of(category, []) for category in categories
    }
