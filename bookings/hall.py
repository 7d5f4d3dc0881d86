"""The hall of a show as the rules see it: seats, prices, pairs, and the choice of seats."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from movies.models import Show
from movies.pricing import ShowPricing, pricing_of
from movies.seating.choice import Choice, choose_seats, default_focal_point
from movies.seating.plan import Plan, Row, Run, Seat, partners
from movies.seating.single_seats import stranded_by


class Hall:
    """The facts of a show that rules and seat choice read. Immutable."""

    def __init__(self, show: Show, pricing: ShowPricing) -> None:
        self.plan: Plan = show.plan
        self.seats: Mapping[str, Seat] = show.seats_by_number
        self.row_of: Mapping[str, Row] = show.rows_by_number
        self.pricing = pricing
        self.currency: str = show.screen.cinema.currency
        self.single_seats: str = show.screen.single_seats
        self._own_focal_point = show.seating_plan.focal_point if show.seating_plan else None

    @cached_property
    def partner_of(self) -> dict[str, str]:
        """{seat number: its partner's}, both ways, of the seats that are sold in pairs."""
        return self._partners_in(self.plan.runs)

    def partners_near(self, seat_numbers: Iterable[str]) -> dict[str, str]:
        """Return `partner_of` for the rows of these seats only."""
        return self._partners_in(run for row in self._rows_of(seat_numbers) for run in row.runs)

    def _partners_in(self, runs: Iterable[Run]) -> dict[str, str]:
        return partners(runs, self._pair_categories) if self._pair_categories else {}

    @cached_property
    def _pair_categories(self) -> set[str]:
        kinds = self.plan.categories
        return {name for name in kinds if self.pricing.for_category(name).is_sold_in_pairs}

    def _rows_of(self, seat_numbers: Iterable[str]) -> list[Row]:
        """Return the row of each seat, once."""
        return list({id(row): row for row in map(self.row_of.__getitem__, seat_numbers)}.values())

    @cached_property
    def on_request(self) -> set[str]:
        """The seat numbers of wheelchair and companion places."""
        return self.numbers_in(self._categories_on_request)

    @cached_property
    def _categories_on_request(self) -> set[str]:
        kinds = self.plan.categories
        return {name for name in kinds if self.pricing.for_category(name).is_on_request}

    @cached_property
    def focal_point(self) -> tuple[float, float]:
        """The place from which seats are best."""
        return self._own_focal_point or default_focal_point(self.plan)

    def numbers_in(self, categories: Iterable[str]) -> set[str]:
        """Return the numbers of the seats of these categories, as the plan spells them."""
        names = set(categories)
        return {seat.number for seat in self.plan.seats if seat.category in names}

    def categories_of(self, seat_numbers: Iterable[str]) -> set[str]:
        return {self.seats[number].category for number in seat_numbers}

    def free_seats(self, taken: Iterable[str]) -> set[str]:
        """Return the seat numbers that are not among the taken ones."""
        return self.seats.keys() - set(taken)

    def choose(
        self,
        count: int,
        *,
        free: AbstractSet[str],
        eligible: AbstractSet[str],
        near: tuple[float, float] | None = None,
    ) -> Choice | None:
        """Return the best of the eligible seats, or None if no choice of `count` exists.

        The best are those nearest to the focal point, or to `near`: see `movies.seating.choice`.
        """
        return choose_seats(
            self.plan,
            count,
            free=free,
            eligible=eligible,
            partner_of=self.partner_of,
            on_request=self.on_request,
            focal_point=near or self.focal_point,
        )

    def left_single(self, seat_numbers: Collection[str], taken: Collection[str]) -> list[str]:
        """Return the free seats that become single when these are taken. Looks at their rows only.

        Of the seats that are taken already, those `within_two` of these matter.
        """
        rows = self._rows_of(seat_numbers)
        seats = [seat for row in rows for seat in row.seats]
        on_request = self._categories_on_request
        return stranded_by(
            rows,
            seat_numbers,
            free={seat.number for seat in seats}.difference(taken),
            on_request={seat.number for seat in seats if seat.category in on_request},
        )


def hall_of(show: Show) -> Hall:
    """Return the hall of a show. One query where its prices are not cached."""
    return Hall(show, pricing_of(show))
