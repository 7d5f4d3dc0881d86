"""Who goes to see it: customers, orders and bookings."""

import random
from datetime import UTC, date, datetime, time, timedelta
from math import hypot

from django.contrib.auth.hashers import make_password

from accounts.models import User
from bookings.models import CODE_LENGTH, CODE_LETTERS, Booking, Order
from demo.halls import TICKET_TYPES
from movies.models import Price, Show

BOOKINGS_A_DAY = 190  # on an average day, in all halls together: some 3,000 in two weeks
WEEKDAYS = [0.6, 0.6, 0.7, 0.8, 1.4, 1.7, 1.2]  # Monday to Sunday, 1 on average
PARTY_SIZES, PARTY_WEIGHTS = [1, 2, 3, 4, 5], [25, 45, 12, 15, 3]
CANCELLED = 0.03  # of all orders


def load_customers(count):
    """Make guests that cannot log in, where they are missing."""
    User.objects.bulk_create(
        (
            User(username=f"guest{number:03}", password=make_password(None))
            for number in range(1, count + 1)
        ),
        ignore_conflicts=True,
    )
    return list(User.objects.filter(username__startswith="guest").order_by("username"))


def load_bookings(shows, customers):
    """Sell seats of the new shows, as an audience would buy them; answer how many."""
    orders, bookings, prices = [], [], _all_prices()
    for day, shows_that_day in _by_day(shows).items():
        weights = {show: _appeal(show) for show in shows_that_day}
        a_unit = BOOKINGS_A_DAY * WEEKDAYS[day.weekday()] / sum(weights.values())
        for show, weight in weights.items():
            for order, seats in _orders_of(show, round(a_unit * weight), customers, prices):
                orders.append(order)
                bookings += seats
    Order.objects.bulk_create(orders)
    Booking.objects.bulk_create(bookings)
    return len(bookings)


def _by_day(shows):
    days: dict[date, list[Show]] = {}
    for show in shows:
        days.setdefault(show.local(show.starts_at).date(), []).append(show)
    return days


def _appeal(show):
    """Evenings fill most, then afternoons, then late shows; larger halls sell more."""
    hour = show.local(show.starts_at).hour
    evening = 3 if 18 <= hour < 22 else 1.5 if 14 <= hour < 18 else 1
    return evening * show.total_seats


def _orders_of(show, wanted, customers, prices):
    """Parties side by side, the best seats first, until `wanted` seats are sold."""
    choice = random.Random(f"{show.screen} {show.starts_at:%Y-%m-%d %H:%M}")
    taken: set[str] = set()
    for customer in choice.sample(customers, k=len(customers)):
        if wanted <= 0:
            return
        size = choice.choices(PARTY_SIZES, PARTY_WEIGHTS)[0]
        seats = _places(show.plan, taken, size, choice)
        if not seats:
            return
        is_cancelled = choice.random() < CANCELLED
        if not is_cancelled:
            taken.update(seat.number for seat in seats)
            wanted -= size
        yield _order(show, customer, seats, is_cancelled, choice, prices)


def _places(plan, taken, size, choice):
    """Free neighbours near the middle of the hall, two thirds back; people differ in taste."""
    middle = sum(seat.x for seat in plan.seats) / len(plan.seats)
    best_row = max(seat.y for seat in plan.seats) * 0.65
    found, nearest = [], None
    for zone in plan.zones:
        for row in zone.rows:
            for run in row.runs:
                for first in range(len(run) - size + 1):
                    seats = run[first : first + size]
                    if not _may_sit(seats, first, taken):
                        continue
                    x = sum(seat.x for seat in seats) / size
                    distance = hypot(x - middle, (seats[0].y - best_row) * 1.5)
                    distance += choice.expovariate(1 / 60)
                    if nearest is None or distance < nearest:
                        found, nearest = seats, distance
    return found


def _may_sit(seats, first, taken):
    """Wheelchair places stay free; couple seats go to couples."""
    categories = {seat.category for seat in seats}
    if categories & {"Wheelchair", "Companion"} or any(seat.number in taken for seat in seats):
        return False
    return "Couple" not in categories or (len(seats) == 2 and first % 2 == 0)


def _order(show, customer, seats, is_cancelled, choice, prices):
    day = show.local(show.starts_at).date()
    created_at = datetime.combine(day, time.min, tzinfo=UTC) - timedelta(
        days=14, minutes=choice.randrange(7 * 24 * 60)
    )
    cancelled_at = created_at + timedelta(hours=5) if is_cancelled else None
    currency = show.screen.cinema.currency
    tickets = [(seat, *_ticket(show, seat, choice, prices)) for seat in seats]
    order = Order(
        code="".join(choice.choices(CODE_LETTERS, k=CODE_LENGTH)),
        customer=customer,
        show=show,
        status=Order.Status.CANCELLED if is_cancelled else Order.Status.BOOKED,
        total=0 if is_cancelled else sum(amount for _, _, amount in tickets),
        currency=currency,
        created_at=created_at,
    )
    return order, [
        Booking(
            show=show,
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


def _ticket(show, seat, choice, prices):
    """The ticket type and price of a visitor: mostly adults, children in the afternoon."""
    is_early = show.local(show.starts_at).hour < 17
    [kind] = choice.choices(TICKET_TYPES, [55, 35, 5, 5] if is_early else [75, 2, 15, 8])
    return prices[show.price_list_id, seat.category, kind]


def _all_prices():
    """{(price list, category, ticket type): (TicketType, amount)}"""
    return {
        (price.price_list_id, price.category.name, price.ticket_type.name): (
            price.ticket_type,
            price.amount,
        )
        for price in Price.objects.select_related("category", "ticket_type")
    }
