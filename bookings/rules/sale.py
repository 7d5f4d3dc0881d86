"""Whether seats may be sold: the show, how many, which ones. Errors name every seat that fails."""

from collections.abc import Collection, Mapping, Sequence

from django.conf import settings
from django.utils import timezone

from bookings.errors import (
    HalfAPair,
    HeldTooLong,
    HoldLimit,
    SalesClosed,
    SeatLimit,
    SeatTaken,
    SeatUnknown,
    ShowStarted,
    SingleSeatLeft,
)
from bookings.hall import Hall
from movies.errors import ShowCancelled
from movies.models import Screen, Show
from movies.seating.plan import Seat
from movies.seating.spoken import spoken_seat

MAX_NAMED = 100  # seats that one error lists


def ensure_on_sale(show: Show) -> None:
    """Raise ShowCancelled, ShowStarted or SalesClosed."""
    if show.is_cancelled:
        raise ShowCancelled
    if show.has_started:
        raise ShowStarted
    if not show.is_on_sale:
        opens, closes = (
            moment and show.local(moment).isoformat()
            for moment in (show.sales_open_at, show.sales_close_at)
        )
        raise SalesClosed(_when_on_sale(show), sales_open_at=opens, sales_close_at=closes)


def _when_on_sale(show: Show) -> str:
    if show.sales_open_at and show.sales_open_at > timezone.now():
        return f"Seats for this show go on sale on {show.local(show.sales_open_at):%Y-%m-%d %H:%M}."
    return f"Sales closed on {show.local(show.on_sale_until):%Y-%m-%d %H:%M}."


def ensure_order_size(seats: int) -> None:
    """Raise SeatLimit if an order would have more than MAX_SEATS_PER_ORDER seats."""
    limit = settings.MAX_SEATS_PER_ORDER
    if seats > limit:
        words = f"An order has at most {limit} seats; you asked for {seats}."
        raise SeatLimit(words, limit=limit, asked=seats)


def ensure_within_limit(seats: int, *, owned: int) -> None:
    """Raise SeatLimit if a customer who owns so many seats of a show may not have as many more."""
    limit = settings.MAX_SEATS_PER_SHOW
    if owned + seats > limit:
        words = f"A customer may have {limit} seats of a show; you already have {owned}."
        raise SeatLimit(words, limit=limit, owned=owned, asked=seats)


def ensure_may_hold(seats: int, *, held: Sequence[int]) -> None:
    """Raise HoldLimit if a customer may not hold so many seats more.

    `held` has the order of each seat that the customer holds now, over all shows.
    """
    max_orders, max_seats = settings.MAX_HELD_ORDERS, settings.MAX_HELD_SEATS
    orders = len(set(held))
    if orders >= max_orders or len(held) + seats > max_seats:
        raise HoldLimit(
            f"A customer may hold {max_orders} orders with {max_seats} seats at a time; you hold "
            f"{orders} with {len(held)}. Confirm or cancel one first.",
            orders=orders,
            seats=len(held),
            max_orders=max_orders,
            max_seats=max_seats,
            asked=seats,
        )


def ensure_seats_exist(seats: Mapping[str, Seat], seat_numbers: Sequence[str]) -> None:
    """Raise SeatUnknown for numbers that are not among the seats of the hall."""
    if unknown := [number for number in seat_numbers if number not in seats]:
        places = list(seats.items())
        first, last = _bare(*places[0]), _bare(*places[-1])
        raise SeatUnknown(
            unknown[:MAX_NAMED],
            f"This show has no seat {{seats}}: its seats are {first} to {last}.",
        )


def _bare(number: str, seat: Seat) -> str:
    """Return A12, or zone, row and seat of a seat whose number also has its zone."""
    return spoken_seat(number, seat).removeprefix("seat ")


def ensure_free(
    seat_numbers: Sequence[str], taken: Collection[str], seats: Mapping[str, Seat]
) -> None:
    """Raise SeatTaken for seats that are taken. `seats` are those of the hall."""
    if failed := [number for number in seat_numbers if number in taken]:
        raise SeatTaken(failed, hall=seats)


def ensure_whole_pairs(
    seat_numbers: Sequence[str], partner_of: Mapping[str, str], seats: Mapping[str, Seat]
) -> None:
    """Raise HalfAPair for seats whose partner is not among them."""
    chosen = set(seat_numbers)
    if halves := [
        number for number in seat_numbers if partner_of.get(number, number) not in chosen
    ]:
        raise HalfAPair(halves, hall=seats)


def ensure_pairs_stay_whole(
    released: Sequence[str],
    kept: Collection[str],
    partner_of: Mapping[str, str],
    seats: Mapping[str, Seat],
) -> None:
    """Raise HalfAPair for released seats whose partner would be kept."""
    if halves := [number for number in released if partner_of.get(number) in kept]:
        raise HalfAPair(halves, hall=seats)


def ensure_not_used_up(
    seat_numbers: Sequence[str], used_up: Collection[str], seats: Mapping[str, Seat]
) -> None:
    """Raise HeldTooLong for seats that the customer has held for as long as is allowed."""
    if failed := [number for number in seat_numbers if number in used_up]:
        raise HeldTooLong(failed, hall=seats)


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
    single = hall.left_single(seat_numbers, taken)
    if single and hall.single_seats == Screen.SingleSeats.REJECT:
        free = hall.free_seats(taken)
        eligible = hall.numbers_in(hall.categories_of(seat_numbers)) & free
        better = hall.choose(len(seat_numbers), free=free, eligible=eligible.difference(avoid))
        if better is not None and len(better.groups) == 1 and not better.stranded:
            raise SingleSeatLeft(single, hall=hall.seats)
    return single
