"""Rows in every state, for the fuzz tests."""

from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import Session
from accounts.services import tokens_of
from bookings.models import Booking, Order
from movies.api.serializers.halls import PLAN_LAYOUT
from movies.models import (
    Cinema,
    Genre,
    Movie,
    PriceList,
    Screen,
    SeatCategory,
    SeatingPlan,
    Show,
    TicketType,
)
from payments.models import Payment
from testing.builders.accounts import make_staff, make_user
from testing.builders.bookings import block_seat, make_booking, make_order
from testing.builders.movies import (
    make_cinema,
    make_movie,
    make_price_list,
    make_screen,
    make_seating_plan,
    make_show,
)
from testing.builders.payments import make_payment
from tickets.codes import Claims, encode
from tickets.keys import signing_key

# Standard, premium, couple and wheelchair seats, with an aisle.
HALL = "A  ssss_ssss\nB  pppp_pppp\n\nC  cc_cc\nD  w_a\n"
PRICES = {
    (category, ticket_type): amount
    for category in ["Standard", "Premium", "Couple", "Wheelchair", "Companion"]
    for ticket_type, amount in [("Adult", "9.50"), ("Child", "7.00")]
}


def load():
    """Create rows of the users alice, staff and bob; return alice and staff."""
    alice = make_user("alice", "pass123", email="alice@example.com")
    bob, staff = make_user("bob"), make_staff()
    movie = make_movie("Spirited Away", genres=["Animation", "Fantasy"], language="ja")
    make_movie("Never shown", genres=["Drama"])
    cinema = make_cinema(
        name="Astoria", trailer_minutes=15, refund_tiers={24: 100, 2: 50}, currency="GBP"
    )
    plan = make_seating_plan(HALL, name="Small hall")
    make_seating_plan(name="Never used")
    prices = make_price_list(PRICES, name="Evening")
    now = timezone.now()

    def show(days, **fields):
        screen = make_screen(cinema=cinema, seating_plan=plan, single_seats="reject")
        return make_show(movie=movie, screen=screen, starts_at=now + timedelta(days=days), **fields)

    priced = show(1, seating_plan=plan, price_list=prices)
    other = show(2, seating_plan=plan, price_list=prices)
    free = show(3, total_seats=30)
    show(4)  # without bookings
    started = show(-1, seating_plan=plan, price_list=prices)
    show(5, cancelled_at=now, seating_plan=plan, price_list=prices)
    make_screen(cinema=make_cinema(name="Of no show"))
    make_price_list({}, name="Of no show")

    held, expired = Order.Status.HELD, Order.Status.EXPIRED
    make_order(user=alice, show=priced, seats=["A1", "A2"], status=held, price=9)
    make_order(user=alice, show=free, seats=["1", "2"], status=held)
    make_order(user=alice, show=priced, seats=["B1", "B2"], price=9)
    make_order(user=alice, show=other, seats=["A1"], price=9)
    make_order(user=alice, show=started, seats=["A1"], price=9)
    soon = show(1 / 48, seating_plan=plan, price_list=prices)  # its door is open
    make_order(user=alice, show=soon, seats=["A1", "A2"], price=9)
    make_order(user=alice, show=priced, seats=["A3"], status=expired, price=9)
    make_booking(user=alice, show=priced, seat_number="A4", status=Order.Status.CANCELLED, price=9)
    make_order(user=bob, show=priced, seats=["A7"], status=held, price=9)
    make_order(user=bob, show=free, seats=["7", "8"])
    make_payment(make_order(user=alice, show=priced, seats=["B5"], status=held, price=9))
    block_seat(show=priced, seat_number="B8", by=staff)
    Genre.objects.create(name="Of no movie")
    SeatCategory.objects.create(name="Of no plan", color="#112233")
    TicketType.objects.create(name="Of no price")
    return alice, staff


MODELS = {
    "movies": Movie,
    "shows": Show,
    "cinemas": Cinema,
    "genres": Genre,
    "screens": Screen,
    "seat-categories": SeatCategory,
    "seating-plans": SeatingPlan,
    "ticket-types": TicketType,
    "price-lists": PriceList,
    "bookings": Booking,
    "check-in": Show,
}


def values_behind(segment):
    """Return the ids or codes that may follow this segment of a path."""
    if segment == "orders":
        return list(Order.objects.order_by("pk").values_list("code", flat=True))
    if segment == "auth":
        return list(map(str, ids_of(Session)))
    if segment == "payments":
        return ["test", "stripe", *map(str, ids_of(Payment))]
    return ids_of(MODELS[segment])


def ids_of(model):
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


def known_values(alice):
    """Return values by the name of a parameter or field: valid or nearly valid."""
    now = timezone.now()
    ids = {"movie": Movie, "cinema": Cinema, "screen": Screen, "show": Show}
    ids |= {"seating_plan": SeatingPlan, "price_list": PriceList}
    return {
        **{name: ids_of(model) for name, model in ids.items()},
        "seat_number": ["A5", "A6", " b3 ", "B4", "A1", "B8", "C1", "D1", 7, "9", "Z9"],
        "seat_numbers": [["A5", "A6"], ["B1"], ["B8"], ["B2", "B1"], ["A1", "A2"], ["9", "10"]],
        "best": [1, 2, 3, 10, 100],
        "category": ["Standard", "premium", "Couple", "Wheelchair", "Of no plan", "None"],
        "ticket_type": ["Adult", "child", "None"],
        "ticket_types": [["Adult", "Child"], ["Adult"]],
        "genres": [["Drama"], ["Animation", "Fantasy"], ["drama"], []],
        "genre": ["Drama", "drama"],
        "name": ["New", "Small hall", "Evening", "STANDARD", "Drama"],
        "currency": ["GBP", "GBP", "EUR", "gbp"],
        "time_zone": ["Europe/London", "Asia/Kathmandu", "UTC", "../UTC"],
        "starts_at": [f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (-1, 1, 9)],
        "sales_open_at": [None, f"{now + timedelta(days=1):%Y-%m-%dT%H:%MZ}"],
        "sales_close_at": [None, f"{now - timedelta(days=1):%Y-%m-%dT%H:%MZ}"],
        "days": [[f"{now + timedelta(days=day):%Y-%m-%d}" for day in days] for days in ([9], [1])],
        "date": [f"{now + timedelta(days=day):%Y-%m-%d}" for day in (0, 1)],
        "language": ["ja", "JA", "en"],
        "search": ["spirit away", "'%_\\"],
        "page": [1, 2],
        "username": ["alice", "ALICE", "carol"],
        "email": ["alice@example.com", "ALICE@EXAMPLE.COM", "carol@example.com"],
        "password": ["pass123"],
        "current_password": ["pass123"],
        "refresh": [tokens_of(alice)["refresh"]],
        "uid": [urlsafe_base64_encode(force_bytes(alice.pk))],
        "token": [default_token_generator.make_token(alice)],
        "code": [
            encode(Claims(each.show_id, each.number, generation), signing_key())
            for each in Booking.objects.filter(order__customer=alice)
            for generation in (1, 2)
        ],
        "device": ["door-1", "door-2"],
        "nonce": ["1", "2", "3"],
        "scanned_at": [f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"],
        "since": [f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"],
        "text": [HALL, "A  ssss\nA  ssss", ""],
        "layout": [PLAN_LAYOUT],
    }
