"""Every seat of a show, with its status, its prices and a sentence that can be read aloud."""

from movies.models import Price
from movies.models.halls import category_key
from movies.models.prices import BY_TICKET_TYPE

AVAILABLE = "available"


def statuses_of(show):
    """{seat number: held, booked or blocked} of the seats that are not available. One query."""
    return dict(show.bookings.active().values_list("seat_number", "status"))


def prices_of(show):
    """{key of the category: {ticket type: amount}}, the default ticket type first. One query."""
    prices = {}
    found = Price.objects.filter(price_list=show.price_list_id).order_by(*BY_TICKET_TYPE)
    for category, ticket_type, amount in found.values_list(
        "category__name", "ticket_type__name", "amount"
    ):
        prices.setdefault(category_key(category), {})[ticket_type] = amount
    return prices


def seats_of(show):
    """The seats in reading order, as `seats/` answers them."""
    statuses, prices = statuses_of(show), prices_of(show)
    currency = show.screen.cinema.currency
    has_zones = len({seat.zone for seat in show.plan.seats}) > 1
    has_places = show.seating_plan_id is not None  # numbered seats are drawn somehow
    return [
        {
            "seat_number": seat.number,
            "zone": seat.zone,
            "row": seat.row,
            "seat": seat.seat,
            "category": seat.category,
            "x": seat.x,
            "y": seat.y,
            "status": (status := statuses.get(seat.number, AVAILABLE)),
            "prices": (amounts := prices.get(category_key(seat.category), {})),
            "text": _sentence(seat, status, amounts, currency, has_zones, has_places),
        }
        for seat in show.plan.seats
    ]


def _sentence(seat, status, amounts, currency, has_zones, has_places):
    """Such as "Row F, seat 7, aisle, standard, available, 9.50 EUR"."""
    amount = next(iter(amounts.values()), None)
    parts = [
        seat.zone if has_zones else "",
        f"row {seat.row}" if seat.row else "",
        f"seat {seat.seat}",
        "aisle" if has_places and seat.is_aisle else "",
        seat.category.lower(),
        status,
        f"{amount} {currency}" if amount is not None else "free",
    ]
    sentence = ", ".join(filter(None, parts))
    return sentence[0].upper() + sentence[1:]
