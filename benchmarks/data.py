"""The rows of the measured databases.

`python -m benchmarks data 10000` migrates the database of DATABASE_URL and adds BASE_BOOKINGS
bookings of upcoming shows, and bookings of past shows up to the given number. With `unanalyzed`
PostgreSQL has no statistics about them.
"""

from datetime import timedelta
from itertools import product
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.tokens import AccessToken
from bookings.models import Booking, Order
from movies.models import (
    Cinema,
    Genre,
    Movie,
    Price,
    PriceList,
    Screen,
    SeatCategory,
    Show,
    TicketType,
)

# A prime, so that successive requests reach every pair of a customer and a show, for any number of
# shows. No customer comes near MAX_SEATS_PER_SHOW.
CUSTOMERS = 1999
MOVIES = 100
BUSY_SHOWS, BUSY_SEATS, BUSY_TAKEN = 20, 300, 100  # all of the first movie
EMPTY_SHOWS, EMPTY_SEATS, EMPTY_TAKEN = 1600, 5000, 5
SALE_SHOW, SALE_SEATS = BUSY_SHOWS + EMPTY_SHOWS + 1, 300  # for the sell-out
BASE_BOOKINGS = BUSY_SHOWS * BUSY_TAKEN + EMPTY_SHOWS * EMPTY_TAKEN
BOOKINGS_OF_A_CUSTOMER = 10
NO_PASSWORD = "!unusable"  # noqa: S105 - the same in every database: tokens contain its hash

PAST_ROWS = """
    INSERT INTO accounts_user (username, password, email, first_name, last_name, is_staff,
        is_superuser, is_active, date_joined)
    SELECT 'past' || n, '{password}', '', '', '', false, false, true, now()
    FROM generate_series(1, {customers}) AS n;

    INSERT INTO movies_show (movie_id, screen_id, price_list_id, starts_at, ends_at, format,
        language, subtitles, total_seats, cancel_reason)
    SELECT n % {movies} + 1, 1, 1, now() - n * interval '3 hours',
        now() - n * interval '3 hours' + interval '2 hours', '2D', 'en', '', 250, ''
    FROM generate_series(1, {shows}) AS n;

    INSERT INTO bookings_order (code, customer_id, show_id, status, total, currency, created_at)
    SELECT 'P' || lpad(n::text, 9, '0'), {first_customer} + n / 5 % {customers},
        {first_show} + n / 125, 'booked', 19, 'GBP', now() - n / 125 * interval '3 hours'
    FROM generate_series(0, {orders} - 1) AS n;

    INSERT INTO bookings_booking (show_id, customer_id, order_id, seat_number, status,
        ticket_type_id, price, currency, payment_reference, created_at, request_id, booked_at,
        booked_request_id, cancel_reason, end_request_id, block_reason)
    SELECT sale.show_id, sale.customer_id, sale.id, (sale.id - {first_order}) % 125 * 2 + seat,
        'booked', 1, 9.5, 'GBP', '', sale.created_at, '', sale.created_at, '', '', '', ''
    FROM bookings_order AS sale, generate_series(1, 2) AS seat
    WHERE sale.id >= {first_order};
"""


def main(bookings, statistics="analyzed"):
    call_command("migrate", verbosity=0)
    if statistics == "unanalyzed":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE bookings_booking SET (autovacuum_enabled = off)")
            cursor.execute("ALTER TABLE bookings_order SET (autovacuum_enabled = off)")
    with transaction.atomic():
        _add_programme()
    if past := int(bookings) - BASE_BOOKINGS:
        _add_past(past)
    if statistics == "unanalyzed":
        return
    with connection.cursor() as cursor:
        is_postgres = connection.vendor == "postgresql"
        cursor.execute("VACUUM ANALYZE" if is_postgres else "ANALYZE")
        if is_postgres:
            cursor.execute("CHECKPOINT")  # now, not during a measurement


def busy_shows():
    return list(range(1, BUSY_SHOWS + 1))


def empty_shows():
    return list(range(BUSY_SHOWS + 1, BUSY_SHOWS + EMPTY_SHOWS + 1))


def make_tokens():
    """Return an access token of each customer, valid for a day."""
    tokens = []
    for pk in range(1, CUSTOMERS + 1):
        token = AccessToken.for_user(User(pk=pk, password=NO_PASSWORD))
        token["session"], token["user_id"] = UUID(int=pk).hex, str(User(pk=pk).number)
        token.set_exp(lifetime=timedelta(days=1))
        tokens.append(str(token))
    return tokens


def _add_programme():
    User.objects.bulk_create(
        User(username=f"customer{n}", password=NO_PASSWORD) for n in range(CUSTOMERS)
    )
    now = timezone.now()
    times = {"created_at": now, "last_used_at": now, "expires_at": now + timedelta(days=14)}
    Session.objects.bulk_create(
        Session(id=UUID(int=pk), user_id=pk, **times) for pk in range(1, CUSTOMERS + 1)
    )
    cinema = Cinema.objects.create(
        name="Astoria", city="London", time_zone="Europe/London", currency="GBP"
    )
    Screen.objects.create(cinema=cinema, name="Screen 1")
    standard = SeatCategory.objects.create(name="Standard", color="#4a7fb5")
    prices = PriceList.objects.create(name="Prices", currency="GBP")
    for position, (name, amount) in enumerate([("Adult", "9.50"), ("Child", "7.00")]):
        ticket_type = TicketType.objects.create(name=name, position=position)
        Price.objects.create(
            price_list=prices, category=standard, ticket_type=ticket_type, amount=amount
        )
    genres = Genre.objects.bulk_create(Genre(name=f"Genre {n}") for n in range(10))
    movies = Movie.objects.bulk_create(
        Movie(
            title=f"Movie {n:03}", duration_minutes=117, language="en", description="A story. " * 30
        )
        for n in range(MOVIES)
    )
    for n, movie in enumerate(movies):
        movie.genres.set([genres[n % 10], genres[(n + 3) % 10]])
    shows = [_show(1, n, BUSY_SEATS) for n in range(BUSY_SHOWS)]
    shows += [_show(2 + n % (MOVIES - 1), n, EMPTY_SEATS) for n in range(EMPTY_SHOWS)]
    Show.objects.bulk_create([*shows, _show(1, 60 * 24, SALE_SEATS)])
    _add_bookings()


def _show(movie, number, total_seats):
    starts_at = timezone.now() + timedelta(days=2, minutes=number)
    return Show(
        movie_id=movie,
        screen_id=1,
        price_list_id=1,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        language="en",
        total_seats=total_seats,
    )


def _add_bookings():
    """Add BOOKINGS_OF_A_CUSTOMER for each of the first customers."""
    taken = [*product(busy_shows(), range(1, BUSY_TAKEN + 1))]
    taken += product(empty_shows(), range(1, EMPTY_TAKEN + 1))
    # In steps of 101, so that a customer has bookings of several shows.
    spread = [taken[n * 101 % len(taken)] for n in range(len(taken))]
    now = timezone.now()
    orders = Order.objects.bulk_create(
        Order(
            customer_id=n // BOOKINGS_OF_A_CUSTOMER + 1,
            show_id=show,
            status=Order.Status.BOOKED,
            total="9.50",
            currency="GBP",
            created_at=now,
        )
        for n, (show, _) in enumerate(spread)
    )
    Booking.objects.bulk_create(
        Booking(
            show_id=order.show_id,
            customer_id=order.customer_id,
            order=order,
            seat_number=str(seat),
            status=Booking.Status.BOOKED,
            ticket_type_id=1,
            price="9.50",
            currency="GBP",
            created_at=now,
            booked_at=now,
        )
        for order, (_, seat) in zip(orders, spread, strict=True)
    )


def _add_past(bookings):
    """Add sold-out past shows, in orders of two seats, with other customers."""
    orders = bookings // 2
    statements = PAST_ROWS.format(
        password=NO_PASSWORD,
        customers=max(1, orders // (BOOKINGS_OF_A_CUSTOMER // 2)),
        movies=MOVIES,
        shows=orders // 125 + 1,
        orders=orders,
        first_customer=CUSTOMERS + 1,
        first_show=SALE_SHOW + 1,
        first_order=Order.objects.latest("pk").pk + 1,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)
