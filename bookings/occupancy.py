"""Which seats of a show are taken, and by which order: the only reader of them, in one shape.

A hold ends by the clock. A seat whose hold has expired counts as free, although its row may still
say `held` until another sale or `manage.py tidy` updates it.
"""

import functools
import operator
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, FilteredRelation, Q
from django.utils import timezone

from bookings.models import Booking
from bookings.seat_request import SeatRequest
from core.db.statements import Query, Statement
from core.errors import NotFound
from movies.models import Screen, Show
from movies.seating.single_seats import within_two

MAX_LOOKUPS = 50  # seats that are looked for one by one; for more, the whole hall is read
AVAILABLE, CLOSED = "available", "closed"  # a seat that is not taken, on sale or not
SALE_OF_SHOW = ["total_seats", "cancelled_at", "starts_at", "sales_open_at", "sales_close_at"]


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
            else:
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


def read_occupancy(show: int, *, seat_numbers: Iterable[str] | None = None) -> Occupancy:
    """Return the occupancy of the show, or only of these seats. One query."""
    occupancy: Occupancy = occupancy_of(show, seat_numbers=seat_numbers).run()
    return occupancy


def occupancy_of(
    show: int, *, seat_numbers: Iterable[str] | None = None, customer: int | None = None
) -> Query:
    """Return a query for the occupancy of the show, or only of these seats.

    It may include more seats. With `customer`, those of that customer are included, and `owned_by`
    counts them.
    """
    seats = None if seat_numbers is None else list(seat_numbers)
    if seats is None or len(seats) > MAX_LOOKUPS:
        rows = ALL_SEATS.with_values(show=show)
    elif customer is None:
        rows = SOME_SEATS.with_values(show=show, seats=seats)
    else:
        rows = SOME_SEATS_AND_OWN.with_values(show=show, seats=seats, customer=customer)
    return rows.then(Occupancy.of)


def seats_to_read(show: Show, request: SeatRequest) -> list[str] | None:
    """Return the seats whose occupancy decides about the request; None: those of the whole hall.

    The whole hall if the best seats are requested. Seats nearby too on a screen that checks single
    seats; if that finds one, its rejection depends on the whole hall.
    """
    if request.best:
        return None
    if show.screen.single_seats == Screen.SingleSeats.OFF:
        return list(request.seat_numbers)
    known = [number for number in request.seat_numbers if number in show.seats_by_number]
    return within_two(show.rows_by_number, known)


def read_if_any_taken(show: int, seat_numbers: Iterable[str]) -> Occupancy:
    """Return the occupancy of the whole show if one of these seats is taken, else an empty one.

    One query, so a rejection and its alternatives need no second one.
    """
    seats = list(seat_numbers)
    if len(seats) > MAX_LOOKUPS:
        return Occupancy.of(ALL_SEATS(show=show))
    return Occupancy.of(ALL_IF_ANY_TAKEN(show=show, seats=seats))


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
            "active__customer",
        )
    )
    if not rows:
        raise NotFound("There is no such show.")
    facts = dict(zip(SALE_OF_SHOW, rows[0], strict=False))
    width = len(facts)
    occupants = [row[width:] for row in rows if row[width] is not None]
    return ShowOccupancy(Show(pk=show, **facts), Occupancy.of(occupants))


def _occupants(**conditions: Any) -> Any:
    rows = Booking.objects.taking_a_seat().filter(**conditions).order_by()
    return rows.values_list("seat_number", "status", "expires_at", "order", "customer")


def _union_of(querysets: list[Any]) -> Any:
    first, *others = querysets
    return first.union(*others, all=True) if others else first


def _each_seat(show: Any, seats: Iterable[Any]) -> list[Any]:
    """Return a queryset for each seat.

    With one list of seats, PostgreSQL would read all bookings of the show where its statistics say
    that there are few. It looks for one seat by the index of seats, whatever they say.
    """
    return [_occupants(show=show, seat_number=seat) for seat in seats]


def any_taken(show: Any, seats: Iterable[Any], now: Any) -> Any:
    """Return a condition of SQL: whether one of these seats is taken at that moment."""
    free_again = Q(status=Booking.Status.HELD, expires_at__lte=now)
    return _any_exists(occupants.exclude(free_again) for occupants in _each_seat(show, seats))


def _any_exists(querysets: Iterable[Any]) -> Any:
    return functools.reduce(operator.or_, map(Exists, querysets))


ALL_SEATS = Statement(lambda show: _occupants(show=show))
SOME_SEATS = Statement(lambda show, seats: _union_of(_each_seat(show, seats)))
SOME_SEATS_AND_OWN = Statement(
    lambda show, seats, customer: _union_of(
        [*_each_seat(show, seats), _occupants(show=show, customer=customer)]
    )
)
ALL_IF_ANY_TAKEN = Statement(
    lambda show, seats: _occupants(show=show).filter(_any_exists(_each_seat(show, seats)))
)
