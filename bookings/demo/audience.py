"""Who goes to see it: customers, orders and bookings."""

import random
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import User
from bookings.models import CODE_LENGTH, CODE_LETTERS, Booking, Order

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
    orders, bookings = [], []
    for day, shows_that_day in _by_day(shows).items():
        weights = {show: _appeal(show) for show in shows_that_day}
        a_unit = BOOKINGS_A_DAY * WEEKDAYS[day.weekday()] / sum(weights.values())
        for show, weight in weights.items():
            for order, seats in _orders_of(show, round(a_unit * weight), customers):
                orders.append(order)
                bookings += seats
    Order.objects.bulk_create(orders)
    Booking.objects.bulk_create(bookings)
    return len(bookings)


def _by_day(shows):
    days = {}
    for show in shows:
        days.setdefault(show.local(show.starts_at).date(), []).append(show)
    return days


def _appeal(show):
    """Evenings fill most, then afternoons, then late shows; larger halls sell more."""
    hour = show.local(show.starts_at).hour
    evening = 3 if 18 <= hour < 22 else 1.5 if 14 <= hour < 18 else 1
    return evening * show.total_seats


def _orders_of(show, wanted, customers):
    """Parties side by side, each near the middle of the hall, until `wanted` seats are sold."""
    choice = random.Random(f"{show.screen} {show.starts_at:%Y-%m-%d %H:%M}")
    free = set(range(1, show.total_seats + 1))
    for customer in choice.sample(customers, k=len(customers)):
        if wanted <= 0:
            return
        size = choice.choices(PARTY_SIZES, PARTY_WEIGHTS)[0]
        middle = int(choice.gauss(show.total_seats * 0.6, show.total_seats * 0.2))
        first = next(
            (
                seat
                for seat in sorted(free, key=lambda seat, middle=middle: abs(seat - middle))
                if free.issuperset(range(seat, seat + size))
            ),
            None,
        )
        if first is None:
            return
        seats = range(first, first + size)
        is_cancelled = choice.random() < CANCELLED
        if not is_cancelled:
            free.difference_update(seats)
            wanted -= size
        yield _order(show, customer, seats, is_cancelled, choice)


def _order(show, customer, seats, is_cancelled, choice):
    day = show.local(show.starts_at).date()
    created_at = datetime.combine(day, time.min, tzinfo=UTC) - timedelta(
        days=14, minutes=choice.randrange(7 * 24 * 60)
    )
    cancelled_at = created_at + timedelta(hours=5) if is_cancelled else None
    currency = show.screen.cinema.currency
    order = Order(
        code="".join(choice.choices(CODE_LETTERS, k=CODE_LENGTH)),
        customer=customer,
        show=show,
        status=Order.Status.CANCELLED if is_cancelled else Order.Status.BOOKED,
        total=0 if is_cancelled else show.price * len(seats),
        currency=currency,
        created_at=created_at,
    )
    return order, [
        Booking(
            show=show,
            order=order,
            seat_number=str(seat),
            status=Booking.Status.CANCELLED if is_cancelled else Booking.Status.BOOKED,
            price=show.price,
            currency=currency,
            created_at=created_at,
            cancelled_at=cancelled_at,
            cancelled_by=customer if is_cancelled else None,
        )
        for seat in seats
    ]
