"""The demo customers with their orders and bookings."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import hypot

from django.contrib.auth.hashers import make_password

from accounts.models import User
from bookings.models import CODE_LENGTH, CODE_LETTERS, Booking, Order
from demo.halls import TICKET_TYPES
from movies.models import Price, Show, TicketType
from movies.seating.plan import Plan, Seat

BOOKINGS_PER_DAY = 190  # on an average day, in all halls together: some 3,000 in two weeks
WEEKDAY_FACTORS = [0.6, 0.6, 0.7, 0.8, 1.4, 1.7, 1.2]  # Monday to Sunday, 1 on average
PARTY_SIZES, PARTY_WEIGHTS = [1, 2, 3, 4, 5], [25, 45, 12, 15, 3]
CANCELLED_SHARE = 0.03  # of all orders

# {(price list, category, ticket type): (TicketType, amount)}
Prices = dict[tuple[int, str, str], tuple[TicketType, Decimal]]


def load_customers(count: int) -> list[User]:
    """Create the missing guests, who cannot log in; return all of them."""
    User.objects.bulk_create(
        (
            User(username=f"guest{number:03}", password=make_password(None))
            for number in range(1, count + 1)
        ),
        ignore_conflicts=True,
    )
    return list(User.objects.filter(username__startswith="guest").order_by("username"))


def load_bookings(shows: Iterable[Show], customers: Sequence[User]) -> int:
    """Sell seats of the shows to these customers; return the number of bookings."""
    orders: list[Order] = []
    bookings: list[Booking] = []
    prices = _all_prices()
    for day, shows_that_day in _by_day(shows).items():
        weights = {show: _demand(show) for show in shows_that_day}
        per_unit = BOOKINGS_PER_DAY * WEEKDAY_FACTORS[day.weekday()] / sum(weights.values())
        for show, weight in weights.items():
            for order, seats in _orders_of(show, round(per_unit * weight), customers, prices):
                orders.append(order)
                bookings += seats
    Order.objects.bulk_create(orders)
    Booking.objects.bulk_create(bookings)
    return len(bookings)


def _by_day(shows: Iterable[Show]) -> dict[date, list[Show]]:
    days: dict[date, list[Show]] = {}
    for show in shows:
        days.setdefault(show.local(show.starts_at).date(), []).append(show)
    return days


def _demand(show: Show) -> float:
    """Return a weight: evenings sell most, then afternoons; large halls sell more."""
    hour = show.local(show.starts_at).hour
    evening = 3 if 18 <= hour < 22 else 1.5 if 14 <= hour < 18 else 1
    return evening * show.total_seats


def _orders_of(
    show: Show, seats_to_sell: int, customers: Sequence[User], prices: Prices
) -> Iterator[tuple[Order, list[Booking]]]:
    """Yield orders of seats side by side, the best first, until `seats_to_sell` seats are sold."""
    choice = random.Random(f"{show.screen} {show.starts_at:%Y-%m-%d %H:%M}")
    taken: set[str] = set()
    released: dict[str, datetime] = {}  # seats of cancelled orders, from when they are free again
    for customer in choice.sample(customers, k=len(customers)):
        if seats_to_sell <= 0:
            return
        size = choice.choices(PARTY_SIZES, PARTY_WEIGHTS)[0]
        seats = _seats_for_party(show.plan, taken, size, choice)
        if not seats:
            return
        is_cancelled = choice.random() < CANCELLED_SHARE
        created_at = max([_time_of_sale(show, choice), *_times_of(seats, released)])
        cancelled_at = created_at + timedelta(hours=5) if is_cancelled else None
        if cancelled_at:
            released |= {seat.number: cancelled_at for seat in seats}
        else:
            taken.update(seat.number for seat in seats)
            seats_to_sell -= size
        yield _order(show, customer, seats, created_at, cancelled_at, choice, prices)


def _times_of(seats: Sequence[Seat], released: Mapping[str, datetime]) -> list[datetime]:
    return [released[seat.number] for seat in seats if seat.number in released]


def _time_of_sale(show: Show, choice: random.Random) -> datetime:
    """Return a random time in the week that ends 14 days before the show."""
    day = show.local(show.starts_at).date()
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    return midnight - timedelta(days=14, minutes=choice.randrange(7 * 24 * 60))


def _seats_for_party(
    plan: Plan, taken: set[str], size: int, choice: random.Random
) -> Sequence[Seat]:
    """Return free seats side by side near the best place, two thirds back; empty if there are none.

    A random distance is added, as not everyone prefers the same place.
    """
    middle = sum(seat.x for seat in plan.seats) / len(plan.seats)
    best_row = max(seat.y for seat in plan.seats) * 0.65
    found: Sequence[Seat] = []
    nearest = None
    for run in plan.runs:
        for first in range(len(run) - size + 1):
            seats = run[first : first + size]
            if not _is_allowed(seats, first, taken):
                continue
            x = sum(seat.x for seat in seats) / size
            distance = hypot(x - middle, (seats[0].y - best_row) * 1.5)
            distance += choice.expovariate(1 / 60)
            if nearest is None or distance < nearest:
                found, nearest = seats, distance
    return found


def _is_allowed(seats: Sequence[Seat], first: int, taken: set[str]) -> bool:
    """Keep wheelchair places free, and sell couple seats only as whole pairs."""
    categories = {seat.category for seat in seats}
    if categories & {"Wheelchair", "Companion"} or any(seat.number in taken for seat in seats):
        return False
    return "Couple" not in categories or (len(seats) == 2 and first % 2 == 0)


def _order(
    show: Show,
    customer: User,
    seats: Sequence[Seat],
    created_at: datetime,
    cancelled_at: datetime | None,
    choice: random.Random,
    prices: Prices,
) -> tuple[Order, list[Booking]]:
    is_cancelled = cancelled_at is not None
    currency = show.screen.cinema.currency
    tickets = [(seat, *_ticket(show, seat, choice, prices)) for seat in seats]
    order = Order(
        code="".join(choice.choices(CODE_LETTERS, k=CODE_LENGTH)),
        customer=customer,
        show=show,
        status=Order.Status.CANCELLED if is_cancelled else Order.Status.BOOKED,
        total=Decimal(0) if is_cancelled else sum(amount for _, _, amount in tickets),
        currency=currency,
        created_at=created_at,
    )
    return order, [
        Booking(
            show=show,
            customer=customer,
            order=order,
            seat_number=seat.number,
            ticket_type=ticket_type,
            status=Booking.Status.CANCELLED if is_cancelled else Booking.Status.BOOKED,
            price=amount,
            currency=currency,
            created_at=created_at,
            booked_at=created_at,
            refund=amount if is_cancelled else None,
            cancelled_at=cancelled_at,
            cancelled_by=customer if is_cancelled else None,
        )
        for seat, ticket_type, amount in tickets
    ]


def _ticket(
    show: Show, seat: Seat, choice: random.Random, prices: Prices
) -> tuple[TicketType, Decimal]:
    """Return a random ticket type with its price: mostly adults, children before 17:00."""
    is_early = show.local(show.starts_at).hour < 17
    [name] = choice.choices(TICKET_TYPES, [55, 35, 5, 5] if is_early else [75, 2, 15, 8])
    assert show.price_list_id is not None  # noqa: S101 - every demo show has prices
    return prices[show.price_list_id, seat.category, name]


def _all_prices() -> Prices:
    return {
        (price.price_list_id, price.category.name, price.ticket_type.name): (
            price.ticket_type,
            price.amount,
        )
        for price in Price.objects.select_related("category", "ticket_type")
    }
