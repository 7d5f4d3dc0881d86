"""The seats of a show together with what selling them needs: places, prices, pairs."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from core.names import same_name
from movies.models import Show
from movies.pricing import ShowPricing, pricing_of
from movies.seating.choice import default_focal_point
from movies.seating.plan import Plan, Seat, partners


class Hall:
    """What rules and seat choice read of a show. It is not changed once made."""

    def __init__(self, show: Show, pricing: ShowPricing) -> None:
        self.plan: Plan = show.plan
        self.seats: Mapping[str, Seat] = show.seats_by_number
        self.pricing = pricing
        self.currency: str = show.screen.cinema.currency
        self.single_seats: str = show.screen.single_seats
        self._own_focal_point = show.seating_plan.focal_point if show.seating_plan else None

    @cached_property
    def partner_of(self) -> dict[str, str]:
        """{seat number: its partner's}, both ways, of the seats that are sold in pairs."""
        pairs = {
            name
            for name in self.plan.categories
            if self.pricing.for_category(name).is_sold_in_pairs
        }
        return partners(self.plan, pairs) if pairs else {}

    @cached_property
    def focal_point(self) -> tuple[float, float]:
        """The place from which seats are best."""
        return self._own_focal_point or default_focal_point(self.plan)

    def numbers_in(self, categories: Iterable[str]) -> set[str]:
        """Return the numbers of the seats of these categories, as the plan spells them."""
        names = set(categories)
        return {seat.number for seat in self.plan.seats if seat.category in names}

    def categories_named(self, name: str) -> set[str]:
        """Return the categories that this is a spelling of, as the plan spells them."""
        return {category for category in self.plan.categories if same_name(category, name)}

    def categories_of(self, seat_numbers: Iterable[str]) -> set[str]:
        return {self.seats[number].category for number in seat_numbers}

    def free_seats(self, taken: Iterable[str]) -> set[str]:
        """Return the seat numbers that are not among the taken ones."""
        return self.seats.keys() - set(taken)


def hall_of(show: Show) -> Hall:
    """Return the hall of a show. One query where its prices are not cached."""
    return Hall(show, pricing_of(show))
