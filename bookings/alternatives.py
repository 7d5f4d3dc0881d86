"""Other seats for a rejected request."""

from collections import Counter
from contextlib import suppress

from bookings.errors import SingleSeatLeft
from bookings.hall import Hall, hall_of
from bookings.hold_history import recent_hold_times
from bookings.occupancy import Occupancy, read_occupancy
from bookings.rules import hold_time
from bookings.rules.sale import ensure_no_single_seats
from core.cache import cached
from core.pauses import Pauses
from movies.cached_shows import cached_show
from movies.models import Show

MAX_ALTERNATIVES = 3
MAX_TRIES = 10  # where single seats are rejected
LARGE_HALL = 1000  # seats, from which a search takes a tenth of a second or longer

_searches = Pauses()


def alternatives_to(
    seat_numbers: tuple[str, ...],
    *,
    show: int,
    holder: int | None = None,
    moving: int | None = None,
    seen: Occupancy | None = None,
) -> list[list[str]]:
    """Return up to three other choices: as many seats of each category, the nearest ones.

    `holder` is the customer of a hold, who may have held some seats too long. `moving` is the order
    that is moving: its own seats count as free, but are not offered. `seen` is the occupancy of the
    whole show if the caller has just read it; otherwise it is read here.

    In a large hall a process searches for half of the time at most: meanwhile there are none.
    """
    known = cached_show(show)
    if len(known.seats_by_number) < LARGE_HALL:
        return _alternatives(seat_numbers, known, holder, moving, seen)
    with _searches.turn() as may_search:
        return _alternatives(seat_numbers, known, holder, moving, seen) if may_search else []


def _alternatives(
    seat_numbers: tuple[str, ...],
    show: Show,
    holder: int | None,
    moving: int | None,
    seen: Occupancy | None,
) -> list[list[str]]:
    avoid: set[str] = set()
    if holder is not None:
        avoid = hold_time.used_up(recent_hold_times(customer=holder, show=show.pk).run())
    occupancy = seen or read_occupancy(show.pk)
    stay_taken = occupancy if moving is None else occupancy.without_order(moving)
    return _nearest_choices(
        show,
        seat_numbers,
        frozenset(occupancy.taken),
        frozenset(stay_taken.taken),
        frozenset(avoid),
    )


@cached(max_entries=20)  # an entry keeps all taken seats: 1.5 MB for a hall of 5,000
def _nearest_choices(
    show: Show,
    seat_numbers: tuple[str, ...],
    taken: frozenset[str],
    stay_taken: frozenset[str],
    avoid: frozenset[str],
) -> list[list[str]]:
    """Return choices without taken seats and seats to avoid, none of which would be rejected.

    `stay_taken` are the taken seats without those of a moving order. Cached: many rejections of the
    same seats cost one search while nothing changes.
    """
    hall = hall_of(show)
    # A changed plan may have lost some of the seats.
    refused = [hall.seats[number] for number in seat_numbers if number in hall.seats]
    if not refused:
        return []
    counts = Counter(seat.category for seat in refused)
    middle = (
        sum(seat.x for seat in refused) / len(refused),
        sum(seat.y for seat in refused) / len(refused),
    )
    left = {category: hall.numbers_in({category}) - taken - avoid for category in counts}
    found: list[list[str]] = []
    for _ in range(MAX_TRIES):
        numbers = _next_choice(hall, counts, left, stay_taken, middle)
        if numbers is None:
            break
        in_order = [seat.number for seat in hall.plan.seats if seat.number in numbers]
        with suppress(SingleSeatLeft):
            ensure_no_single_seats(hall, in_order, stay_taken, avoid)
            found.append(in_order)
        if len(found) == MAX_ALTERNATIVES:
            break
    return found


def _next_choice(
    hall: Hall,
    counts: Counter[str],
    left: dict[str, set[str]],
    stay_taken: frozenset[str],
    middle: tuple[float, float],
) -> set[str] | None:
    """Return the nearest seats for all categories and remove them from `left`; None if too few."""
    free, numbers = hall.free_seats(stay_taken), set[str]()
    for category, count in counts.items():
        choice = hall.choose(count, free=free - numbers, eligible=left[category], near=middle)
        if choice is None:
            return None
        chosen = {number for group in choice.groups for number in group}
        left[category] -= chosen
        numbers |= chosen
    return numbers
