"""Which seats of a show are taken, and by which order: the only reader of them, in one shape.

A hold ends by the clock. A seat whose hold has expired counts as free, although its row may still
say `held` until another sale or `manage.py tidy` updates it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, Subquery, Value
from django.utils import timezone

from bookings.models import Booking
from bookings.seat_request import SeatRequest
from core.db.statements import Statement
from core.errors import NotFound
from movies.models import Screen, Show

AVAILABLE, CLOSED = "available", "closed"  # a seat that is not taken, on sale or not
SALE_OF_SHOW = ["total_seats", "cancelled_at", "starts_at", "sales_open_at", "sales_close_at"]
NOT_READ = 0  # in place of the customer, where a query does not read it; no primary key


class Occupant(NamedTuple):
    """The active booking of a seat. A blocked seat has no order."""

    seat_number: str
    status: str
    expires_at: datetime | None
    order: int | None
    customer: int | None


class Occupancy(NamedTuple):
    """The taken seats of a show at one moment.

    `lapsed` maps each seat whose hold has expired, and whose row does not say so yet, to its order.
    """

    taken: dict[str, Occupant]
    lapsed: dict[str, int]

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> "Occupancy":
        """Return the occupancy as of now, of rows of active bookings."""
        now = timezone.now()
        occupancy = cls({}, {})
        for occupant in map(Occupant._make, rows):
            if occupant.expires_at and occupant.expires_at <= now:
                if occupant.order is not None:
                    occupancy.lapsed[occupant.seat_number] = occupant.order
            elif occupant.customer or occupant.seat_number not in occupancy.taken:
                occupancy.taken[occupant.seat_number] = occupant
        return occupancy

    def without_order(self, order: int) -> "Occupancy":
        """Return the occupancy as if this order had no seats."""
        return Occupancy(
            {number: each for number, each in self.taken.items() if each.order != order},
            {number: each for number, each in self.lapsed.items() if each != order},
        )

    def owned_by(self, customer: int) -> int:
        """Return how many of the taken seats the customer has."""
        return sum(each.customer == customer for each in self.taken.values())

    def statuses(self) -> dict[str, str]:
        """Return {seat number: held, booked or blocked} of the taken seats."""
        return {number: each.status for number, each in self.taken.items()}


def read_occupancy(
    show: int, *, seat_numbers: Iterable[str] | None = None, customer: int | None = None
) -> Occupancy:
    """Return the occupancy of the show, or only of these seats. One query.

    With `customer`, the seats of that customer are included and `owned_by` counts them.
    """
    if seat_numbers is not None and customer is not None:
        seats = list(seat_numbers)
        return Occupancy.of(SOME_SEATS_AND_OWN(show=show, seats=seats, customer=customer))
    if seat_numbers is not None:
        return Occupancy.of(_occupants(show=show, seat_number__in=seat_numbers))
    if customer is not None:
        return Occupancy.of(ALL_WITH_CUSTOMERS(show=show))
    return Occupancy.of(_occupants(show=show))


def read_for_request(show: Show, request: SeatRequest, customer: int | None) -> Occupancy:
    """Return what a decision about the request needs: the whole hall, or only the named seats.

    The whole hall if the best seats are requested or the screen checks single seats. One query.
    """
    needs_hall = request.best or show.screen.single_seats != Screen.SingleSeats.OFF
    seat_numbers = None if needs_hall else request.seat_numbers
    return read_occupancy(show.pk, seat_numbers=seat_numbers, customer=customer)


def read_if_any_taken(show: int, seat_numbers: Iterable[str]) -> Occupancy:
    """Return the occupancy of the whole show if one of these seats is taken, else an empty one.

    One query, so a rejection and its alternatives need no second one.
    """
    return Occupancy.of(ALL_IF_ANY_TAKEN(show=show, seats=list(seat_numbers)))


def seat_statuses(show: Show) -> dict[str, str]:
    """Return the status of every seat of the show by its number. One query.

    A seat that is not taken is available, or closed while the show is not on sale.
    """
    free = AVAILABLE if show.is_on_sale else CLOSED
    return dict.fromkeys(show.seats_by_number, free) | read_occupancy(show.pk).statuses()


class ShowOccupancy(NamedTuple):
    """`show` has only its seats, its start and the times and facts of its sale."""

    show: Show
    occupancy: Occupancy


def read_with_show(show: int) -> ShowOccupancy:
    """Return the occupancy with the facts of the show that go with it. One query.

    Raises NotFound.
    """
    active = FilteredRelation("bookings", condition=Q(bookings__status__in=Booking.ACTIVE))
    rows = list(
        Show.objects.filter(pk=show)
        .alias(active=active)
        .order_by("active__id")
        .values_list(
            *SALE_OF_SHOW,
            *("active__seat_number", "active__status", "active__expires_at", "active__order"),
            Value(NOT_READ),
        )
    )
    if not rows:
        raise NotFound("There is no such show.")
    facts = dict(zip(SALE_OF_SHOW, rows[0], strict=False))
    width = len(facts)
    occupants = [row[width:] for row in rows if row[width] is not None]
    return ShowOccupancy(Show(pk=show, **facts), Occupancy.of(occupants))


def _occupants(customer: Any = NOT_READ, **conditions: Any) -> Any:
    if customer == NOT_READ:
        customer = Value(NOT_READ)
    rows = Booking.objects.taking_a_seat().filter(**conditions).order_by()
    return rows.values_list("seat_number", "status", "expires_at", "order", customer)


ALL_WITH_CUSTOMERS = Statement(lambda show: _occupants("order__customer", show=show))
SOME_SEATS_AND_OWN = Statement(
    lambda show, seats, customer: _occupants(show=show, seat_number__in=seats).union(
        _occupants("order__customer", show=show, order__show=show, order__customer=customer),
        all=True,
    )
)
ALL_IF_ANY_TAKEN = Statement(
    lambda show, seats: _occupants(
        show=Subquery(_occupants(show=show, seat_number__in=seats).values("show")[:1])
    )
)
