"""The rows that the torture begins with, and the rows that it ends with. Needs django.setup()."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from bookings.hall import hall_of
from bookings.models import Booking, Order
from core.models import IdempotencyRecord
from movies.models import Screen, Show
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from torture.checks.facts import ShowFacts

HALL = "A  ssss_ssss\nB  cc_cc_wa\n"
KINDS = ["Standard", "Couple", "Wheelchair", "Companion"]
AMOUNTS = {"Adult": ["10.01", "14.99", "6.05", "0.01"], "Child": ["7.55", "9.33", "3.03", "0"]}


@dataclass
class World:
    """`on_sale` are the shows that customers look at; the last of them is cancelled next."""

    tokens: dict[int, str]  # by the id of the customer
    staff: tuple[int, str]
    shows: list[ShowFacts]
    doomed: list[ShowFacts]
    cancelled: list[ShowFacts] = field(default_factory=list)
    on_sale: list[ShowFacts] = field(default_factory=list)

    def __post_init__(self):
        self.on_sale = [*self.shows, *self.doomed[:1]]

    @property
    def all_shows(self):
        return self.shows + self.cancelled + self.doomed

    def show(self, pk):
        return next(show for show in self.all_shows if show.id == pk)

    def take_off(self):
        """The show to cancel; customers look at the next one."""
        show = self.doomed[0]
        self.cancelled.append(show)
        del self.doomed[0]
        self.on_sale = [*self.shows, *self.doomed[:1]]
        return show


def make_world(*, customers, doomed):
    movie, other_movie = make_movie("Alien"), make_movie("Tampopo")
    cinema = make_cinema(refund_tiers={24: 100, 2: 50})
    hall, row = make_seating_plan(HALL), make_seating_plan("A  ssssssssss\n")
    prices = {
        (kind, ticket_type): Decimal(amount)
        for ticket_type, of_kinds in AMOUNTS.items()
        for kind, amount in zip(KINDS, of_kinds, strict=True)
    }
    price_list = make_price_list(prices)
    soon, later = timezone.now() + timedelta(hours=10), timezone.now() + timedelta(days=3)
    careful = make_screen(cinema=cinema, single_seats=Screen.SingleSeats.REJECT)

    def add(starts_at=later, of=movie, screen=None, **fields):
        screen = screen or make_screen(cinema=cinema)
        show = make_show(movie=of, screen=screen, starts_at=starts_at, **fields)
        return _facts(show, prices)

    shows = [
        add(total_seats=12),
        add(seating_plan=hall, price_list=price_list),
        add(soon, seating_plan=hall, price_list=price_list),
        add(screen=careful, seating_plan=row, price_list=price_list),
        add(of=other_movie, total_seats=8),
    ]
    staff = make_staff()
    return World(
        tokens={user.pk: _token(user) for user in _customers(customers)},
        staff=(staff.pk, _token(staff)),
        shows=shows,
        doomed=[add(seating_plan=row, price_list=price_list) for _ in range(doomed)],
    )


def _customers(count):
    return [make_user(f"customer{number}") for number in range(count)]


def _token(user):
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(hours=24))
    return str(token)


def _facts(show, prices):
    partner_of = hall_of(show).partner_of
    ticket_types = list(AMOUNTS) if show.price_list_id else []
    seats = show.plan.seats
    amounts: dict[tuple[str, str | None], Decimal] = {
        (seat.number, name): prices[seat.category.capitalize(), name]
        for seat in seats
        for name in ticket_types
    }
    return ShowFacts(
        id=show.pk,
        movie=show.movie_id,
        seats=[seat.number for seat in seats],
        pairs=sorted({(min(pair), max(pair)) for pair in partner_of.items()}),
        ticket_types=ticket_types,
        prices=amounts or {(seat.number, None): Decimal(0) for seat in seats},
    )


def rows():
    """What is in the tables in the end: {table: [row]}; times are seconds since 1970."""
    tables = {
        "bookings": Booking.objects.order_by("id").values(
            *("id", "show", "order", "order__code", "order__customer", "seat_number", "status"),
            *("price", "refund", "created_at", "expires_at", "booked_at", "cancelled_at"),
            *("cancelled_by", "blocked_by", "request_id", "booked_request_id", "end_request_id"),
            "ticket_type__name",
        ),
        "orders": Order.objects.order_by("id").values(
            *("id", "code", "customer", "show", "status", "total", "created_at", "expires_at")
        ),
        "records": IdempotencyRecord.objects.order_by("id").values("user", "key", "status", "body"),
        "shows": Show.objects.order_by("id").values("id", "cancelled_at", "cancelled_by"),
    }
    return {table: [_plain(row) for row in found] for table, found in tables.items()}


def _plain(row):
    return {
        name: value.timestamp() if name.endswith("_at") and value else value
        for name, value in row.items()
    }
