"""A small cinema with sales: orders and bookings in every status, and the rows that they need.

The catalogue is a part of the demo data. Sales go through the API, so that their rows are the ones
that this version writes.
"""

import time
from datetime import timedelta
from itertools import cycle

from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from demo.films import load_films
from demo.programme import load_cinemas, load_shows
from movies.models import Show
from testing.builders.accounts import client_of, make_staff
from testing.builders.movies import make_screen, make_show

PASSWORD = "a long enough one 4711"


def load_sample():
    """Fill an empty, migrated database with two days of shows and some 70 bookings."""
    shows = _load_shows()
    customers = _sign_up_customers()
    staff = client_of(_log_staff_in())
    turns = zip(cycle(customers), cycle(shows))

    for number in range(12):
        _book(*next(turns), seats=number % 3 + 1, **{"Idempotency-Key": f"book-{number}"})
    for _ in range(4):
        customer, show = next(turns)
        _post(customer, f"/api/shows/{show.pk}/book/", {"seat_number": _best_seat(customer, show)})
    for _ in range(3):
        _hold(*next(turns))
    for seats in (1, 1, 2):
        _let_expire(*next(turns), seats=seats)
    for _ in range(3):
        customer, show = next(turns)
        _cancel(customer, _book(customer, show))
        order = _book(customer, show, seats=3)
        _cancel(customer, order, seat_numbers=[_seats_of(order)[0]], reason="One is ill.")
    for _ in range(2):
        customer, show = next(turns)
        screen = make_screen(cinema=show.screen.cinema, name=f"For show {show.pk}")
        elsewhere = make_show(movie=show.movie, screen=screen)
        _move(customer, _book(customer, show), best=2)
        _move(customer, _book(customer, show), show=elsewhere.pk, best=2)

    customer, show = next(turns)
    blocked = {"seat_numbers": [_best_seat(customer, show)], "reason": "broken"}
    _post(staff, f"/api/shows/{show.pk}/block/", blocked, expect=200)

    customer, show = next(turns)
    _book(customer, show)
    _hold(customer, show)
    _post(staff, f"/api/shows/{show.pk}/cancel/", {"reason": "The projector broke."}, expect=200)


def _load_shows():
    """Return shows that can be sold: those of the demo, and one without plan and prices."""
    houses = load_cinemas()
    load_shows(load_films(), houses, days=2)
    demo = Show.objects.filter(starts_at__gt=timezone.now() + timedelta(hours=3))
    free = make_show(screen=make_screen(cinema=houses[0].screen.cinema, name="Open air"))
    return [free, *demo.exclude(pk=free.pk).order_by("starts_at", "pk")]


def _sign_up_customers():
    """Return clients of seven new users. One has logged in, out, and in with a wrong password."""
    visitor = APIClient()
    names = ["ada", "björn", "chloé", "дарья", "eve", "fatima", "gökhan"]
    for number, username in enumerate(names):
        account = {"username": username, "email": f"guest{number}@example.com"}
        _post(visitor, "/api/auth/signup/", account | {"password": PASSWORD})
    account = {"username": names[0], "password": PASSWORD}
    tokens = _post(visitor, "/api/auth/login/", account, expect=200)
    _post(visitor, "/api/auth/logout/", {"refresh": tokens["refresh"]}, expect=204)
    _post(visitor, "/api/auth/login/", account | {"password": "a typo"}, expect=401)
    return [client_of(user) for user in User.objects.filter(username__in=names).order_by("pk")]


def _log_staff_in():
    """Return a new member of staff with a session of the admin."""
    staff = make_staff("manager", PASSWORD)
    APIClient().force_login(staff, "django.contrib.auth.backends.ModelBackend")
    return staff


def _post(client, path, body, *, expect=201, **headers):
    response = client.post(path, body, headers=headers)
    if response.status_code != expect:
        raise SystemExit(f"POST {path}: {response.status_code} {response.content.decode()}")
    return response.json() if response.content else None


def _hold(customer, show, *, seats=2, **headers):
    return _post(customer, f"/api/shows/{show.pk}/hold/", {"best": seats}, **headers)


def _book(customer, show, *, seats=2, **headers):
    code = _hold(customer, show, seats=seats, **headers)["code"]
    paid = {"payment_reference": f"receipt {code}"}
    return _post(customer, f"/api/orders/{code}/confirm/", paid, expect=200)


def _best_seat(customer, show):
    quote = _post(customer, f"/api/shows/{show.pk}/quote/", {"best": 1}, expect=200)
    return quote["lines"][0]["seat_number"]


def _seats_of(order):
    return [booking["seat_number"] for booking in order["bookings"]]


def _let_expire(customer, show, *, seats):
    """Hold seats for a second, and book them again when the hold is over."""
    with override_settings(HOLD_SECONDS=1):
        held = _hold(customer, show, seats=seats)
    time.sleep(1.5)
    again = _post(customer, f"/api/shows/{show.pk}/hold/", {"seat_numbers": _seats_of(held)})
    _post(customer, f"/api/orders/{again['code']}/confirm/", {}, expect=200)


def _cancel(customer, order, **body):
    _post(customer, f"/api/orders/{order['code']}/cancel/", body, expect=200)


def _move(customer, order, **body):
    _post(customer, f"/api/orders/{order['code']}/move/", body, expect=200)
