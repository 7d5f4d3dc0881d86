"""Single free seats between taken ones: ignored, warned of or rejected, as the screen says."""

from collections.abc import Collection, Sequence

from bookings.errors import SingleSeatLeft
from bookings.hall import Hall
from movies.models import Screen
from movies.seating.choice import choose_seats, stranded_by


def ensure_no_single_seats(
    hall: Hall,
    seat_numbers: Sequence[str],
    taken: Collection[str],
    avoid: Collection[str] = (),
) -> list[str]:
    """Return the free seats that choosing these leaves single, on a screen that warns of them.

    Raise SingleSeatLeft on a screen that rejects them, unless no better choice exists: as many
    seats side by side, in the same categories, none of them to avoid, that leave no seat single.
    """
    if hall.single_seats == Screen.SingleSeats.OFF:
        return []
    free = hall.free_seats(taken)
    single = stranded_by(hall.plan, seat_numbers, free=free, on_request=hall.on_request)
    if single and hall.single_seats == Screen.SingleSeats.REJECT:
        eligible = hall.numbers_in(hall.categories_of(seat_numbers)) & free
        better = choose_seats(
            hall.plan,
            len(seat_numbers),
            free=free,
            eligible=eligible.difference(avoid),
            partner_of=hall.partner_of,
            on_request=hall.on_request,
            focal_point=hall.focal_point,
        )
        if better is not None and len(better.groups) == 1 and not better.stranded:
            raise SingleSeatLeft(single, hall=hall.seats)
    return single
