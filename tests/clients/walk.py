"""A customer's way from sign-up to a moved order, with the classes of the OpenAPI document.

`type: ignore` marks a line that must not pass: mypy reports it if it does.
"""

import sys
from typing import TypeVar
from uuid import uuid4

from movie_tickets import AuthenticatedClient, Client
from movie_tickets.api.auth import log_in, sign_up
from movie_tickets.api.bookings import list_my_bookings
from movie_tickets.api.movies import list_movies
from movie_tickets.api.orders import cancel_order, confirm_order, move_order, preview_cancellation
from movie_tickets.api.shows import get_availability, hold_seats, list_movie_shows, quote_seats
from movie_tickets.models import (
    Availability,
    BookingPage,
    ConfirmRequest,
    HeldOrder,
    LoginRequest,
    MoveByBestRequest,
    MoveBySeatNumbersRequest,
    MovedOrder,
    MoviePage,
    Order,
    Preview,
    Quote,
    SeatSelectionByBestRequest,
    SeatSelectionBySeatNumbersRequest,
    ShowPage,
    SignUp,
    SignUpRequest,
    Tokens,
)

T = TypeVar("T")

BASE_URL = sys.argv[1]
PASSWORD = "a long enough one 4711"


def expect(kind: type[T], answer: object) -> T:
    """Return the answer if it is of this kind; else stop with the problem."""
    if not isinstance(answer, kind):
        raise SystemExit(f"{kind.__name__} expected, not {answer}")
    return answer


def key() -> str:
    """Return an Idempotency-Key, which lets a write be repeated safely."""
    return str(uuid4())


def customer(username: str) -> AuthenticatedClient:
    """Sign up and log in."""
    anonymous = Client(base_url=BASE_URL)
    account = SignUpRequest(username=username, password=PASSWORD)
    expect(SignUp, sign_up.sync(client=anonymous, body=account))
    login = LoginRequest(username=username, password=PASSWORD)
    tokens = expect(Tokens, log_in.sync(client=anonymous, body=login))
    return AuthenticatedClient(base_url=BASE_URL, token=tokens.access)


def emptiest_show(client: AuthenticatedClient) -> int:
    """Return the id of the upcoming show of the first movie that has the most free seats."""
    movie = expect(MoviePage, list_movies.sync(client=client)).results[0]
    shows = expect(ShowPage, list_movie_shows.sync(movie.id, client=client, page_size=100)).results
    return max(shows, key=lambda show: show.available_seats).id


alice = customer("alice-in-python")
bob = customer("bob-in-python")
show = emptiest_show(alice)

# A quote, and a hold at its price.
best = SeatSelectionByBestRequest(best=2, category="Standard", ticket_types=["Adult", "Child"])
quote = expect(Quote, quote_seats.sync(show, client=alice, body=best))
best.expected_total = quote.total
held = expect(HeldOrder, hold_seats.sync(show, client=alice, body=best, idempotency_key=key()))
assert (held.status, held.total) == ("held", quote.total)
seat_numbers = [booking.seat_number for booking in held.bookings]

availability = expect(Availability, get_availability.sync(show, client=bob))
assert set(seat_numbers) <= set(availability.held)

# Bob wants the same seats, and takes what the problem offers instead.
same = SeatSelectionBySeatNumbersRequest(seat_numbers=seat_numbers)
late = hold_seats.sync(show, client=bob, body=same, idempotency_key=key())
assert late is not None and not isinstance(late, HeldOrder)
_ = late.alternatives  # type: ignore[union-attr]  # not every problem of a hold has alternatives
_ = late.code == "seat_full"  # type: ignore[comparison-overlap]  # a hold has no such code
assert late.code == "seat_taken"
assert late.alternatives
instead = SeatSelectionBySeatNumbersRequest(seat_numbers=late.alternatives[0])
offered = expect(HeldOrder, hold_seats.sync(show, client=bob, body=instead, idempotency_key=key()))

# Alice pays and confirms.
payment = ConfirmRequest(payment_reference=key())
booked = expect(
    Order, confirm_order.sync(held.code, client=alice, body=payment, idempotency_key=key())
)
assert booked.status == "booked"

# She cannot move to the seats of Bob, but to others.
to_bob = MoveBySeatNumbersRequest(
    seat_numbers=[booking.seat_number for booking in offered.bookings]
)
rejected = move_order.sync(held.code, client=alice, body=to_bob, idempotency_key=key())
assert rejected is not None and not isinstance(rejected, MovedOrder)
assert rejected.code == "seat_taken", rejected
to_best = MoveByBestRequest(best=2, category="Standard")
moved = expect(
    MovedOrder, move_order.sync(held.code, client=alice, body=to_best, idempotency_key=key())
)
assert len(moved.bookings) == len(moved.former_bookings) == 2

# She looks at the refund, cancels, and cannot cancel twice.
preview = expect(Preview, preview_cancellation.sync(held.code, client=alice))
cancelled = expect(Order, cancel_order.sync(held.code, client=alice, idempotency_key=key()))
assert cancelled.status == "cancelled"
refunds = {(line.seat_number, line.refund) for line in cancelled.bookings}
assert {(seat.seat_number, seat.refund) for seat in preview.seats} <= refunds
again = cancel_order.sync(held.code, client=alice, idempotency_key=key())
assert again is not None and not isinstance(again, Order)
assert again.code == "already_cancelled", again

bookings = expect(BookingPage, list_my_bookings.sync(client=alice)).results
assert bookings and all(booking.status == "cancelled" for booking in bookings)

# A form learns which field was wrong.
taken = sign_up.sync(
    client=Client(base_url=BASE_URL),
    body=SignUpRequest(username="alice-in-python", password=PASSWORD),
)
assert taken is not None and not isinstance(taken, SignUp)
assert taken.code == "invalid"
assert taken.errors[0].field == "username"
