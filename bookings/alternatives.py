"""What there is instead of seats that were refused."""

from collections import Counter
from contextlib import contextmanager, suppress

from django.db.models import Q, Subquery
from django.utils import timezone

from bookings.errors import SeatTaken, SingleSeatLeft
from bookings.models import Booking
from bookings.rules import hold_time
from bookings.selection import partners_in, seats_of_categories, single_seats_left
from core.cache import cached
from core.db.statements import Statement
from movies.cached_shows import cached_show
from movies.pricing import pricing_of
from movies.seating.choice import choose_seats

MOST = 3
MOST_TRIED = 10  # where single seats are refused


@contextmanager
def offering_alternatives(show_id, wanted, *, moving=None, holder=None, taken=None):
    """Adds to a refusal of the seats, raised within, what could be had instead.

    `moving` is the order that is to have them in exchange for its own; `holder` the customer who
    wants to hold them, and may have held others too long. `taken` are the seats of the show that
    somebody has, with their orders, where that was just read.
    """
    try:
        yield
    except (SeatTaken, SingleSeatLeft) as refusal:
        show = cached_show(show_id)
        avoid = hold_time.used_up(time_held_lately(holder, show)) if holder else set()
        if taken is None:
            taken = taken_in(show_id)
        found = _alternatives(show, wanted.seat_numbers, taken, avoid, moving)
        refusal.members["alternatives"] = found
        raise


def time_held_lately(customer, show):
    """{seat number: how long the customer has held it and not kept it}. One query.

    Also what was confirmed and then given back: otherwise that would be a way to begin anew.
    """
    now, spans = timezone.now(), {}
    since = now - hold_time.look_back()
    for number, began_at, *ends in NOT_KEPT(show=show.pk, customer=customer.pk, since=since):
        spans.setdefault(number, []).append((began_at, next(filter(None, ends))))
    return {number: hold_time.time_held(some, now) for number, some in spans.items()}


NOT_KEPT = Statement(
    lambda show, customer, since: (
        Booking.objects.filter(
            Q(booked_at=None, expires_at__gt=since) | Q(booked_at__gt=since, status="cancelled"),
            show=show,
            order__customer=customer,
        )
        .order_by()
        .values_list("seat_number", "created_at", "booked_at", "cancelled_at", "expires_at")
    )
)


def taken_in(show_id):
    """{seat number: order} of the seats of the show that somebody has. One query."""
    return _taken_now(TAKING(show=show_id))


def taken_if_one_of(show_id, seat_numbers):
    """The same if one of these seats may be among them, else nothing. One query.

    So a look at some seats finds all that the alternatives to them need.
    """
    return _taken_now(TAKING_IF_ONE_OF(show=show_id, seats=list(seat_numbers)))


def _taken_now(rows):
    now = timezone.now()
    return {number: order for number, order, ends in rows if ends is None or ends > now}


def _taking(show):
    rows = Booking.objects.taking_a_seat().filter(show=show).order_by()
    return rows.values_list("seat_number", "order", "expires_at")


TAKING = Statement(_taking)
TAKING_IF_ONE_OF = Statement(
    lambda show, seats: _taking(
        Subquery(_taking(show).filter(seat_number__in=seats).values("show")[:1])
    )
)


def _alternatives(show, seat_numbers, taken, avoid, moving):
    """Up to three lists of other seats, as many of each category, nearest those.

    The seats of an order that is moving become free, but are no alternative.
    """
    stay_taken = frozenset(n for n, order in taken.items() if moving is None or order != moving.pk)
    return _find(show, seat_numbers, stay_taken, frozenset(taken), frozenset(avoid))


@cached(max_entries=20)  # each with all seats that are taken: 1.5 MB in a hall of 5,000
def _find(show, seat_numbers, stay_taken, taken, avoid):
    """None of the `taken` seats or those to `avoid`, and nothing that would be refused next, when
    only those are left taken that `stay_taken`.

    Where many are refused the same seats, this is done once while nothing changes.
    """
    # A plan that was changed meanwhile may have lost some of them.
    wanted = [seat for seat in map(show.seats_by_number.get, seat_numbers) if seat]
    if not wanted:
        return []
    middle = sum(s.x for s in wanted) / len(wanted), sum(s.y for s in wanted) / len(wanted)
    tariff = pricing_of(show)
    partner_of, free = partners_in(show, tariff), show.seats_by_number.keys() - stay_taken
    left = {
        category: seats_of_categories(show, {category}) - taken - avoid
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
            single_seats_left(show, in_order, stay_taken, tariff, avoid)
            found.append(in_order)
        if len(found) == MOST:
            break
    return found
