"""The seats and tickets that a request gets. Values in, values out."""

from collections.abc import Collection, Iterator, Set

from bookings.errors import CategoryUnknown, HalfAPair, PriceChanged, ShowFull
from bookings.hall import Hall
from bookings.results import Selection
from bookings.rules.sale import (
    ensure_free,
    ensure_no_single_seats,
    ensure_not_used_up,
    ensure_seats_exist,
    ensure_whole_pairs,
)
from bookings.seat_request import NO_TICKET_TYPE, SeatRequest
from core.errors import InvalidInput
from core.names import same_name
from movies.models import Screen
from movies.pricing import CategoryPricing, Ticket
from movies.seating.choice import Choice


def select_seats(
    hall: Hall, request: SeatRequest, taken: Set[str], *, avoid: Collection[str] = ()
) -> Selection:
    """Return the seats that the request gets, of those that are not taken.

    `avoid` are seats that this customer has held too long. Raises SeatUnknown, HalfAPair,
    SeatTaken, HeldTooLong or SingleSeatLeft, naming every seat that failed; CategoryUnknown,
    ShowFull, TicketTypeUnknown or PriceMissing; InvalidInput for a null ticket type
    where there are ticket types; PriceChanged where the total is not the expected one.
    """
    choice = None
    if request.best:
        choice = _best_choice(hall, request, taken, avoid)
        numbers = [number for group in choice.groups for number in group]
    else:
        numbers = list(request.seat_numbers)
        ensure_seats_exist(hall.seats, numbers)
        ensure_whole_pairs(numbers, hall.partners_near(numbers), hall.seats)
        ensure_free(numbers, taken, hall.seats)
        ensure_not_used_up(numbers, avoid, hall.seats)
    ticket_types = request.ticket_types or (None,) * len(numbers)
    tickets = [
        _ticket(
            hall.pricing.for_category(hall.seats[number].category),
            ticket_type,
            request.ticket_type_field.format(index),
        )
        for index, (number, ticket_type) in enumerate(zip(numbers, ticket_types, strict=True))
    ]
    single_seats = ensure_no_single_seats(hall, numbers, taken, avoid)
    selection = Selection(numbers, tickets, choice, single_seats, hall.seats)
    expected = request.expected_total
    if expected is not None and expected != selection.total:
        raise PriceChanged(expected, selection.total, hall.currency)
    return selection


def needs_whole_hall(hall: Hall, request: SeatRequest, taken: Set[str]) -> bool:
    """Return whether these seats would leave one single where that is rejected.

    Then the seats of the whole hall decide: it is not rejected if there is no better choice.
    """
    if hall.single_seats != Screen.SingleSeats.REJECT:
        return False
    known = [number for number in request.seat_numbers if number in hall.seats]
    return bool(hall.left_single(known, taken))


def _ticket(category: CategoryPricing, ticket_type: str | None, field: str) -> Ticket:
    if ticket_type == NO_TICKET_TYPE:
        if category.tickets:
            raise InvalidInput.of(
                field, "This show has ticket types: name one, or leave it out.", "null"
            )
        ticket_type = None
    return category.ticket(ticket_type)


def _best_choice(
    hall: Hall, request: SeatRequest, taken: Set[str], avoid: Collection[str]
) -> Choice:
    free = hall.free_seats(taken)
    eligible: set[str] = set()
    for categories in _categories_to_try(hall, request.category):
        eligible = hall.numbers_in(categories).intersection(free).difference(avoid)
        choice = hall.choose(request.best, free=free, eligible=eligible)
        if choice is not None:
            return choice
    if request.best % 2 and eligible and eligible <= hall.partner_of.keys():
        raise HalfAPair(
            sentence=f"Couple seats are sold in pairs: {request.best} seats are not possible."
        )
    raise ShowFull(left=len(eligible), wanted=request.best, category=request.category)


def _categories_to_try(hall: Hall, category: str) -> Iterator[set[str]]:
    """Yield sets of categories, to be tried one after the other.

    Wheelchair and companion places only where asked for; couple seats and seats with a restricted
    view only where nothing else is left.
    """
    names = hall.plan.categories
    if category:
        asked = {name for name in names if same_name(name, category)}
        if not hall.numbers_in(asked):
            known = list(dict.fromkeys(seat.category for seat in hall.plan.seats))
            raise CategoryUnknown(category, known=known)
        yield asked
        return
    kinds = {name: hall.pricing.for_category(name) for name in names}
    ordinary = {name for name, kind in kinds.items() if not kind.is_on_request}
    last = {n for n, kind in kinds.items() if kind.is_sold_in_pairs or kind.has_restricted_view}
    yield ordinary - last
    yield ordinary
