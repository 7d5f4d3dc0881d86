"""What there is instead of seats that were refused."""

from collections import Counter
from contextlib import contextmanager, suppress

from django.db.models import Q
from django.utils import timezone

from bookings import hold_time
from bookings.errors import SeatTaken, SingleSeatLeft
from bookings.seat_choice import choose_seats
from bookings.selection import partners_in, seats_of_categories, single_seats_left, stock_of
from bookings.tariff import Tariff

MOST = 3
MOST_TRIED = 10  # where single seats are refused


@contextmanager
def offering_alternatives(show, wanted, *, moving=None, holder=None):
    """Adds to a refusal of the seats, raised within, what could be had instead.

    `moving` is the order that is to have them in exchange for its own; `holder` the customer who
    wants to hold them, and may have held others too long.
    """
    try:
        yield
    except (SeatTaken, SingleSeatLeft) as refusal:
        avoid = hold_time.used_up(time_held_lately(holder, show)) if holder else ()
        refusal.members["alternatives"] = _alternatives(show, wanted.seat_numbers, moving, avoid)
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


def _alternatives(show, seat_numbers, moving, avoid):
    """Up to three lists of other seats, as many of each category, nearest those.

    None that would be refused next. Two queries; three for an order that is moving, whose own
    seats become free but are no alternative.
    """
    tariff, plan = Tariff(show), show.plan
    stock = stock_of(show, moving=moving)
    taken = stock.taken if moving is None else stock_of(show).taken
    open_to_all = (show.seats_by_number.keys() - taken).difference(avoid)
    # A plan that was changed meanwhile may have lost some of them.
    wanted = [seat for seat in map(show.seats_by_number.get, seat_numbers) if seat]
    if not wanted:
        return []
    middle = sum(s.x for s in wanted) / len(wanted), sum(s.y for s in wanted) / len(wanted)
    used, found = set(), []
    for _ in range(MOST_TRIED):
        numbers = set()
        for category, count in Counter(seat.category for seat in wanted).items():
            choice = choose_seats(
                plan,
                count,
                free=show.seats_by_number.keys() - stock.taken - numbers,
                eligible=(seats_of_categories(show, {category}) & open_to_all) - used,
                partner_of=partners_in(show, tariff),
                focal_point=middle,
            )
            if choice is None:
                return found
            numbers.update(number for group in choice.groups for number in group)
        used |= numbers
        in_order = [seat.number for seat in plan.seats if seat.number in numbers]
        with suppress(SingleSeatLeft):
            single_seats_left(show, in_order, stock, tariff, avoid)
            found.append(in_order)
        if len(found) == MOST:
            break
    return found
