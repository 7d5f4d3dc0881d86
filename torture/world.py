"""The rows at the start of a run, and the rows at its end. Import it after django.setup()."""

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
CATEGORIES = ["Standard", "Couple", "Wheelchair", "Companion"]
AMOUNTS = {"Adult": ["10.01", "14.99", "6.05", "0.01"], "Child": ["7.55", "9.33", "3.03", "0"]}


@dataclass
class World:
    """Shows, customers and staff.

    Customers use the shows that are `on_sale`: all of `shows`, and the next one of `to_cancel`.
    """

    tokens: dict[int, str]  # {id of a customer: access token}
    staff: tuple[int, str]  # id and access token
    shows: list[ShowFacts]
    to_cancel: list[ShowFacts]
    cancelled: list[ShowFacts] = field(default_factory=list)
    on_sale: list[ShowFacts] = field(default_factory=list)

    def __post_init__(self):
        self.on_sale = [*self.shows, *self.to_cancel[:1]]

    @property
    def all_shows(self):
        return self.shows + self.cancelled + self.to_cancel

    def show(self, pk):
        return next(show for show in self.all_shows if show.id == pk)

    def withdraw_show(self):
        """Return the show to cancel; customers go on with the next one."""
        show = self.to_cancel[0]
        self.cancelled.append(show)
        del self.to_cancel[0]
        self.on_sale = [*self.shows, *self.to_cancel[:1]]
        return show


def make_world(*, customers, to_cancel):
    movie, other_movie = make_movie("Alien"), make_movie("Tampopo")
    cinema = make_cinema(refund_tiers={24: 100, 2: 50})
    hall, row = make_seating_plan(HALL), make_seating_plan("A  ssssssssss\n")
    prices = {
        (category, ticket_type): Decimal(amount)
        for ticket_type, amounts in AMOUNTS.items()
        for category, amount in zip(CATEGORIES, amounts, strict=True)
    }
    price_list = make_price_list(prices)
    soon, later = timezone.now() + timedelta(hours=10), timezone.now() + timedelta(days=3)
    strict_screen = make_screen(cinema=cinema, single_seats=Screen.SingleSeats.REJECT)

    def add_show(starts_at=later, movie=movie, screen=None, **fields):
        screen = screen or make_screen(cinema=cinema)
        show = make_show(movie=movie, screen=screen, starts_at=starts_at, **fields)
        return _facts(show, prices)

    shows = [
        add_show(total_seats=12),
        add_show(seating_plan=hall, price_list=price_list),
        add_show(soon, seating_plan=hall, price_list=price_list),
        add_show(screen=strict_screen, seating_plan=row, price_list=price_list),
        add_show(movie=other_movie, total_seats=8),
    ]
    staff = make_staff()
    return World(
        tokens={user.pk: _token(user) for user in _customers(customers)},
        staff=(staff.pk, _token(staff)),
        shows=shows,
        to_cancel=[add_show(seating_plan=row, price_list=price_list) for _ in range(to_cancel)],
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
        pairs=sorted((seat, other) for seat, other in partner_of.items() if seat < other),
        ticket_types=ticket_types,
        prices=amounts or {(seat.number, None): Decimal(0) for seat in seats},
    )


def read_rows():
    """Return {table: [row]} of all rows; times are seconds since 1970."""
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
