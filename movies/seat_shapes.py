"""Shapes of seats in the picture: by the flags of their category, not by its name."""

from collections.abc import Iterable
from typing import Protocol

from core.names import name_key
from movies.models import SeatCategory, Show
from movies.pricing import pricing_of
from movies.seating.plan import Plan
from movies.seating.svg import SeatShape


class _Flags(Protocol):
    @property
    def is_sold_in_pairs(self) -> bool: ...

    @property
    def is_accessible(self) -> bool: ...


def shapes_of(plan: Plan, categories: Iterable[SeatCategory]) -> dict[str, SeatShape]:
    """Return {category as the plan spells it: shape}, by the flags of the rows of these names."""
    shapes = {name_key(category.name): _shape(category) for category in categories}
    return {name: shapes.get(name_key(name), SeatShape.CHAIR) for name in plan.categories}


def shapes_of_show(show: Show) -> dict[str, SeatShape]:
    """Return the shapes for the plan of a show. One query where its prices are not cached."""
    pricing = pricing_of(show)
    return {name: _shape(pricing.for_category(name)) for name in show.plan.categories}


def _shape(category: _Flags) -> SeatShape:
    if category.is_sold_in_pairs:
        return SeatShape.COUPLE
    return SeatShape.WHEELCHAIR if category.is_accessible else SeatShape.CHAIR
