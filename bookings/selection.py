"""Which seats a request gets, and what they cost. Only reads.

The choice itself is made by the pure functions of `seat_choice`.
"""

from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Value
from django.utils import timezone

from bookings.errors import (
    CategoryUnknown,
    HalfAPair,
    HeldTooLong,
    SalesClosed,
    SeatLimit,
    SeatTaken,
    SeatUnknown,
    ShowFull,
    ShowStarted,
    SingleSeatLeft,
)
from bookings.models import Booking
from core.db.statements import Statement
from core.names import name_key as category_key
from movies.errors import ShowCancelled
from movies.models import Screen
from movies.pricing import Ticket, pricing_of
from movies.seating.choice import Choice, choose_seats, default_focal_point, stranded_by
from movies.seating.plan import partners


class Wanted(NamedTuple):
    """What a customer asks for: these seats, or so many of the best."""

    seat_numbers: tuple[str, ...] = ()
    best: int = 0
    category: str = ""  # of the best seats; empty: any that need not be asked for
    ticket_types: tuple[str | None, ...] = ()  # one for each seat; none at all: the defaults

    @property
    def size(self):
        return self.best or len(self.seat_numbers)


class Selection(NamedTuple):
    """What a customer gets."""

    seat_numbers: list[str]
    tickets: list[Ticket]  # one for each seat
    choice: Choice | None  # how the best seats lie
    single_seats: list[str]  # left single, on a screen where that is warned of

    @property
    def total(self):
        return sum((ticket.price for ticket in self.tickets), Decimal(0))

    @property
    def warnings(self):
        """The problems of the selection that do not refuse it, as the API words them."""
        if not self.single_seats:
            return []
        problem = SingleSeatLeft.naming(self.single_seats)
        return [{"code": problem.code, "detail": str(problem), **problem.members}]

    @property
    def outcome(self):
        """What could be done for who asked for the best seats; None where seats were named."""
        if self.choice is None:
            return None
        if len(self.choice.groups) > 1:
            return "split"
        return "single_seat_left" if self.choice.stranded else "side_by_side"


class Stock(NamedTuple):
    """Who has which seats of a show."""

    taken: set[str]
    lapsed: dict[str, int]  # seat number: order of a hold that is over, though its row says held
    own: int  # seats that the customer has


def stock_of(show_id, *, seat_numbers=None, customer=None, moving=None):
    """The Stock of all seats, or of some and those of the customer. One query.

    `moving` is an order whose own seats count as free.
    """
    now, taken, lapsed, own = timezone.now(), set(), {}, 0
    owner = customer and customer.pk
    if seat_numbers is None:
        rows = SEATS_OF_SHOW(show=show_id)
    elif customer is None:
        rows = SOME_SEATS(show=show_id, seats=list(seat_numbers))
    else:
        rows = SOME_SEATS_AND_OWN(show=show_id, seats=list(seat_numbers), customer=owner)
    for number, expires_at, order, customer_pk in rows:
        if moving is not None and order == moving.pk:
            continue
        if expires_at and expires_at <= now:
            lapsed[number] = order
        else:
            taken.add(number)
            own += owner is not None and customer_pk == owner
    return Stock(taken, lapsed, own)


def _taking_seats(*, owner, **of):
    rows = Booking.objects.taking_a_seat().filter(**of).order_by()
    return rows.values_list("seat_number", "expires_at", "order", owner)


NOT_ASKED = Value(0)  # nobody's primary key
SEATS_OF_SHOW = Statement(lambda show: _taking_seats(show=show, owner="order__customer"))
SOME_SEATS = Statement(
    lambda show, seats: _taking_seats(show=show, seat_number__in=seats, owner=NOT_ASKED)
)
SOME_SEATS_AND_OWN = Statement(
    lambda show, seats, customer: _taking_seats(
        show=show, seat_number__in=seats, owner=NOT_ASKED
    ).union(
        _taking_seats(
            show=show, order__show=show, order__customer=customer, owner="order__customer"
        ),
        all=True,
    )
)


def stock_for(show, wanted, *, customer, moving=None):
    """The Stock that a decision on what is wanted needs: of the hall, or only of those seats."""
    is_of_hall = wanted.best or show.screen.single_seats != Screen.SingleSeats.OFF
    seat_numbers = None if is_of_hall else wanted.seat_numbers
    return stock_of(show.pk, seat_numbers=seat_numbers, customer=customer, moving=moving)


def select(show, wanted, stock, *, avoid=()):
    """The Selection for what is wanted, of the seats that are free in `stock`.

    Seats to `avoid` are not given. Raises SeatUnknown, SeatLimit, CategoryUnknown, HalfAPair,
    HeldTooLong, SeatTaken or SingleSeatLeft, naming every seat that failed; ShowFull;
    TicketTypeUnknown.
    """
    check_size(wanted)
    tariff = pricing_of(show)
    if wanted.best:
        choice = _best_choice(show, wanted, stock, tariff, avoid)
        numbers = [number for group in choice.groups for number in group]
    else:
        choice, numbers = None, list(wanted.seat_numbers)
        check_seats_exist(show, numbers)
        check_whole_pairs(numbers, partners_in(show, tariff))
        check_none_taken(numbers, stock.taken)
        if failed := [number for number in numbers if number in avoid]:
            raise HeldTooLong.naming(failed)
    kinds = [tariff.for_category(show.seats_by_number[number].category) for number in numbers]
    ticket_types = wanted.ticket_types or [None] * len(numbers)
    tickets = [kind.ticket(name) for kind, name in zip(kinds, ticket_types, strict=True)]
    single_seats = single_seats_left(show, numbers, stock.taken, tariff, avoid)
    return Selection(numbers, tickets, choice, single_seats)


def check_on_sale(show):
    """Raises ShowCancelled, ShowStarted or SalesClosed."""
    if show.is_cancelled:
        raise ShowCancelled
    if show.has_started:
        raise ShowStarted
    if not show.is_on_sale:
        raise SalesClosed(_when_on_sale(show))


def _when_on_sale(show):
    if show.sales_open_at and show.sales_open_at > timezone.now():
        return f"Seats of this show go on sale on {show.local(show.sales_open_at):%Y-%m-%d %H:%M}."
    return f"Sales closed on {show.local(show.sales_close_at):%Y-%m-%d %H:%M}."


def check_size(wanted):
    if wanted.size > settings.MAX_SEATS_PER_ORDER:
        raise SeatLimit(f"An order has at most {settings.MAX_SEATS_PER_ORDER} seats.")


def check_seats_exist(show, seat_numbers):
    unknown = [number for number in seat_numbers if not show.has_seat(number)]
    if unknown:
        seats = show.plan.seats
        raise SeatUnknown.naming(
            unknown[:100],
            "This show has no seat {seats}: its seats are "
            f"{seats[0].number} to {seats[-1].number}.",
        )


def check_none_taken(seat_numbers, taken):
    failed = [number for number in seat_numbers if number in taken]
    if failed:
        raise SeatTaken.naming(failed)


def check_whole_pairs(seat_numbers, partner_of):
    """Raises HalfAPair, naming every seat whose partner is not among them."""
    numbers = set(seat_numbers)
    halves = [number for number in seat_numbers if partner_of.get(number, number) not in numbers]
    if halves:
        raise HalfAPair.naming(halves)


def partners_in(show, tariff):
    """{seat number: its partner's} of the seats that are sold in pairs."""
    names = {name for name in show.plan.categories if tariff.for_category(name).is_sold_in_pairs}
    return partners(show.plan, names) if names else {}


def _best_choice(show, wanted, stock, tariff, avoid):
    """The best seats that are free; raises CategoryUnknown or ShowFull."""
    free = show.seats_by_number.keys() - stock.taken
    partner_of = partners_in(show, tariff)
    for categories in _categories_for(show, wanted, tariff):
        eligible = seats_of_categories(show, categories).intersection(free).difference(avoid)
        choice = choose_seats(
            show.plan,
            wanted.best,
            free=free,
            eligible=eligible,
            partner_of=partner_of,
            focal_point=_focal_point(show),
        )
        if choice is not None:
            return choice
    if wanted.best % 2 and eligible and eligible <= partner_of.keys():
        raise HalfAPair(f"Couple seats go in pairs: {wanted.best} cannot be had.")
    of_kind = f" of the category {wanted.category}" if wanted.category else ""
    raise ShowFull(f"This show has no {wanted.best} seats left{of_kind}; {len(eligible)} are free.")


def _categories_for(show, wanted, tariff):
    """Sets of categories, one to be tried after the other.

    Wheelchair and companion places only where they are asked for; couple seats and seats with a
    restricted view where nothing else will do.
    """
    if wanted.category:
        asked = category_key(wanted.category)
        named = {name for name in show.plan.categories if category_key(name) == asked}
        if not seats_of_categories(show, named):
            known = ", ".join(dict.fromkeys(seat.category for seat in show.plan.seats))
            raise CategoryUnknown(
                f"This show has no seats of the category {wanted.category}: it has {known}."
            )
        return [named]
    kinds = {name: tariff.for_category(name) for name in show.plan.categories}
    any_seat = {name for name, kind in kinds.items() if not kind.is_on_request}
    special = {n for n, kind in kinds.items() if kind.is_sold_in_pairs or kind.has_restricted_view}
    return [any_seat - special, any_seat]


def seats_of_categories(show, categories):
    return {seat.number for seat in show.plan.seats if seat.category in categories}


def _focal_point(show):
    own = show.seating_plan.focal_point if show.seating_plan_id else None
    return own or default_focal_point(show.plan)


def single_seats_left(show, numbers, taken, tariff, avoid=()):
    """The seats left single, where the screen warns of it; raises SingleSeatLeft where it rejects.

    Unless every choice of so many seats side by side, in the same categories and without those
    to avoid, would do it too.
    """
    policy = show.screen.single_seats
    if policy == Screen.SingleSeats.OFF:
        return []
    free = show.seats_by_number.keys() - taken
    single = stranded_by(show.plan, numbers, free=free)
    if single and policy == Screen.SingleSeats.REJECT:
        categories = {show.seats_by_number[number].category for number in numbers}
        better = choose_seats(
            show.plan,
            len(numbers),
            free=free,
            eligible=(seats_of_categories(show, categories) & free).difference(avoid),
            partner_of=partners_in(show, tariff),
            focal_point=_focal_point(show),
        )
        if better is not None and len(better.groups) == 1 and not better.stranded:
            raise SingleSeatLeft.naming(single)
    return single
