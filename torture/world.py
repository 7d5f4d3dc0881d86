"""The rows at the start of a run, and the rows at its end. Import it after django.setup()."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Session
from accounts.tokens import AccessToken
from bookings.models import BOOKING, Booking, Order
from core.models import IdempotencyRecord
from core.names import same_name
from core.row_numbers import shown_number
from movies.models import Screen, Show, ShowChange
from movies.seating.plan import partners
from testing.builders.accounts import make_staff, make_user
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from torture.checks.facts import Placing, ShowFacts
from torture.prices import PriceBoard

DAY = timedelta(hours=24)
HALL = "A  ssss_ssss\nB  cc_cc_wa\n"
SMALLER, LARGER = "A  ssss_ssss\nB  cc_cc\n", HALL + "C  ssss\n"
CATEGORIES = ["Standard", "Couple", "Wheelchair", "Companion"]
REFUND_TIERS = {24: 100, 10: 50, 2: 25}  # hours before the start: percent
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
    prices: PriceBoard
    plans: dict[int, set[str]]  # {id of a seating plan: its seats}
    refund_tiers: dict[int, dict[int, int]]  # {id of a cinema: {hours before the start: percent}}
    elsewhere: int  # a screen of another cinema
    other_movie: int  # of no show
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
    cinema, other_cinema = make_cinema(refund_tiers=REFUND_TIERS), make_cinema()
    hall, row = make_seating_plan(HALL), make_seating_plan("A  ssssssssss\n")
    others = [make_seating_plan(text) for text in (SMALLER, LARGER)]
    shared = [make_screen(cinema=cinema, seating_plan=plan) for plan in others]
    prices = {
        (category, ticket_type): Decimal(amount)
        for ticket_type, amounts in AMOUNTS.items()
        for category, amount in zip(CATEGORIES, amounts, strict=True)
    }
    price_list = make_price_list(prices)
    later = timezone.now() + timedelta(days=3)
    # The refund tiers change a few seconds after the run has begun.
    tomorrow, soon = (timezone.now() + timedelta(hours=h, seconds=10) for h in (24, 10))
    strict_screen = make_screen(cinema=cinema, single_seats=Screen.SingleSeats.REJECT)

    def add_show(starts_at=later, movie=movie, screen=None, goes_to=(), **fields):
        """Return the facts of a new show that is rescheduled on its screen and on these."""
        plan = fields.get("seating_plan")
        screen = screen or make_screen(cinema=cinema, seating_plan=plan)
        show = make_show(movie=movie, screen=screen, starts_at=starts_at, **fields)
        return _facts(show, [show.screen, *goes_to])

    shows = [
        add_show(total_seats=12, goes_to=shared),
        add_show(seating_plan=hall, price_list=price_list, goes_to=shared),
        add_show(soon, seating_plan=hall, price_list=price_list, goes_to=shared),
        add_show(tomorrow, screen=strict_screen, seating_plan=row, price_list=price_list),
        add_show(movie=other_movie, total_seats=8, goes_to=shared),
    ]
    staff = make_staff()
    return World(
        tokens={user.pk: _token(user) for user in _customers(customers)},
        staff=(staff.pk, _token_of_staff(staff)),
        shows=shows,
        to_cancel=[add_show(seating_plan=row, price_list=price_list) for _ in range(to_cancel)],
        prices=PriceBoard(price_list.pk, price_list.name, price_list.currency, prices),
        plans={plan.pk: set(plan.seats_by_number) for plan in (hall, row, *others)},
        refund_tiers={cinema.pk: REFUND_TIERS, other_cinema.pk: {}},
        elsewhere=make_screen(cinema=other_cinema).pk,
        other_movie=make_movie("Ran").pk,
    )


def _customers(count):
    return [make_user(f"customer{number}") for number in range(count)]


def _token(user, **claims):
    token = AccessToken.for_user(user)
    token.payload.update(claims)
    token.set_exp(lifetime=DAY)
    return str(token)


def _token_of_staff(staff):
    """Return a token whose session may cancel shows for a day, without the password again."""
    ends = timezone.now() + DAY
    session = Session.objects.create(
        user=staff,
        password_stamp=staff.password_stamp,
        created_at=timezone.now(),
        last_used_at=timezone.now(),
        confirmed_at=ends,
        expires_at=ends,
    )
    return _token(staff, session=session.pk.hex, user_id=str(staff.number))


def _facts(show, screens):
    """Return the facts of a show that may be on these screens, with the seats of all their halls.

    A seat number has the same category and the same partner in each of them.
    """
    plans = [show.seating_plan, *(screen.seating_plan for screen in screens)]
    halls = [plan.plan for plan in plans if plan] if show.seating_plan else [show.plan]
    seats = {seat.number: seat.category.capitalize() for hall in halls for seat in hall.seats}
    couple_seats = {name for hall in halls for name in hall.categories if same_name(name, "Couple")}
    partner_of = {a: b for hall in halls for a, b in partners(hall.runs, couple_seats).items()}
    return ShowFacts(
        id=show.pk,
        movie=show.movie_id,
        category_of=seats,
        sizes={len(hall.seats) for hall in halls},
        pairs=sorted((seat, other) for seat, other in partner_of.items() if seat < other),
        ticket_types=list(AMOUNTS) if show.price_list_id else [],
        screens=[screen.pk for screen in screens],
        at_first=Placing(show.screen_id, show.starts_at.timestamp(), show.ends_at.timestamp()),
    )


def read_rows():
    """Return {table: [row]} of all rows; times are seconds since 1970.

    The `number` of a booking is its id in the API.
    """
    tables = {
        "bookings": Booking.objects.order_by("id").values(
            *("id", "show", "order", "order__code", "order__customer", "seat_number", "status"),
            *("price", "refund", "created_at", "expires_at", "booked_at", "cancelled_at"),
            *("cancelled_by", "blocked_by", "request_id", "booked_request_id", "end_request_id"),
            *("ticket_type__name", "payment_reference", "refund_limit"),
        ),
        "orders": Order.objects.order_by("id").values(
            *("id", "code", "customer", "show", "status", "total", "created_at", "expires_at")
        ),
        "records": IdempotencyRecord.objects.order_by("id").values("user", "key", "status", "body"),
        "shows": Show.objects.order_by("id").values(
            *("id", "movie", "screen", "starts_at", "ends_at", "seating_plan", "total_seats"),
            *("cancelled_at", "cancelled_by", "rescheduled_at", "full_refund_until"),
        ),
        "changes": ShowChange.objects.order_by("id").values(
            *("id", "show", "kind", "made_at", "made_by", "before", "after", "request_id")
        ),
        "screens": Screen.objects.order_by("id").values("id", "cinema", "turnaround_minutes"),
    }
    rows = {table: [_plain(row) for row in found] for table, found in tables.items()}
    for row in rows["bookings"]:
        row["number"] = shown_number(BOOKING, row["id"])
    return rows


def _plain(row):
    return {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
