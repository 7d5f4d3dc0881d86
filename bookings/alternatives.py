"""What there is instead of seats that were refused."""

import time
from collections import Counter
from contextlib import contextmanager, suppress

from django.db.models import Q
from django.utils import timezone

from bookings import hold_time
from bookings.errors import SeatTaken, SingleSeatLeft
from bookings.seat_choice import choose_seats
from bookings.selection import partners_in, seats_of_categories, single_seats_left, stock_of
from bookings.tariff import Tariff

MAX_AGE = 1.0  # seconds
MOST_REMEMBERED = 1000
MOST = 3
MOST_TRIED = 10  # where single seats are refused

_remembered = {}  # {what decides: (time.monotonic(), alternatives)}


@contextmanager
def offering_alternatives(show, wanted, *, moving=None, holder=None):
    """Adds to a refusal of the seats, raised within, what could be had instead.

    `moving` is the order that is to have them in exchange for its own; `holder` the customer who
    wants to hold them, and may have held others too long.
    """
    try:
        yield
    except (SeatTaken, SingleSeatLeft) as refusal:
        avoid = hold_time.used_up(time_held_lately(holder, show)) if holder else set()
        found = _alternatives(show, wanted.seat_numbers, avoid, moving)
        refusal.members["alternatives"] = found
        raise


def time_held_lately(customer, show):
    """{seat number: how long the customer has held it and not kept it}. One query.

    Also what was confirmed and then given back: otherwise that would be a way to begin anew.
    """
    now, spans = timezone.now(), {}
    since = now - hold_time.look_back()
    not_kept = Q(booked_at=None, expires_at__gt=since) | Q(booked_at__gt=since, status="cancelled")
    holds = show.bookings.filter(not_kept, order__customer=customer)
    times = ("created_at", "booked_at", "cancelled_at", "expires_at")
    for number, began_at, *ends in holds.values_list("seat_number", *times):
        spans.setdefault(number, []).append((began_at, next(filter(None, ends))))
    return {number: hold_time.time_held(some, now) for number, some in spans.items()}


def _alternatives(show, seat_numbers, avoid, moving):
    """Up to three lists of other seats, as many of each category, nearest those.

    Where many are refused the same seats they are searched once a second, while nothing changes:
    only prices and what categories mean may be a second old. One query, or two; where an order is
    moving three.
    """
    stock = stock_of(show, moving=moving)
    if moving:  # its own seats become free, but are no alternative
        return _find(show, seat_numbers, stock, stock_of(show).taken | avoid)
    hall = (show.seating_plan_id, show.seating_plan and show.seating_plan.created_at)
    hall += (show.total_seats, show.price_list_id, show.screen.single_seats)
    key = (show.pk, hall, seat_numbers, frozenset(stock.taken), frozenset(avoid))
    found_at, found = _remembered.get(key, (0, None))
    if found is None or time.monotonic() - found_at > MAX_AGE:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        found = _find(show, seat_numbers, stock, stock.taken | avoid)
        _remembered[key] = time.monotonic(), found
    return found


def _find(show, seat_numbers, stock, closed):
    """None of the `closed` seats, and nothing that would be refused next."""
    # A plan that was changed meanwhile may have lost some of them.
    wanted = [seat for seat in map(show.seats_by_number.get, seat_numbers) if seat]
    if not wanted:
        return []
    middle = sum(s.x for s in wanted) / len(wanted), sum(s.y for s in wanted) / len(wanted)
    tariff = Tariff(show)
    partner_of, free = partners_in(show, tariff), show.seats_by_number.keys() - stock.taken
    left = {
        category: seats_of_categories(show, {category}) - closed
        for category in {seat.category for seat in wanted}
    }
    found = []
    for _ in range(MOST_TRIED):
        numbers = set()
        for category, count in Counter(seat.category for seat in wanted).items():
            choice = choose_seats(
                show.plan,
                count,
                free=free - numbers,
                eligible=left[category],
                partner_of=partner_of,
                focal_point=middle,
            )
            if choice is None:
                return found
            chosen = {number for group in choice.groups for number in group}
            left[category] -= chosen
            numbers |= chosen
        in_order = [seat.number for seat in show.plan.seats if seat.number in numbers]
        with suppress(SingleSeatLeft):
            single_seats_left(show, in_order, stock, tariff, closed - stock.taken)
            found.append(in_order)
        if len(found) == MOST:
            break
    return found
