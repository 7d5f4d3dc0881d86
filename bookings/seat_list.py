"""Every seat of a show, with its status, its prices and a sentence that can be read aloud."""

from bookings.selection import partners_in
from movies.pricing import pricing_of

AVAILABLE = "available"


def statuses_of(show):
    """{seat number: held, booked or blocked} of the seats that are not available. One query."""
    return dict(show.bookings.active().values_list("seat_number", "status"))


def seat_list_of(show):
    """What `seats/` answers: the categories of the hall, and the seats in reading order."""
    tariff = pricing_of(show)
    used = {seat.category for seat in show.plan.seats}
    return {
        "show": show,
        "categories": [
            {"color": color, **tariff.for_category(name)._asdict(), "name": name}
            for name, color in show.plan.categories.items()
            if name in used
        ],
        "seats": _seats_of(show, tariff),
    }


def _seats_of(show, tariff):
    statuses, partner_of = statuses_of(show), partners_in(show, tariff)
    prices = {name: _prices_of(tariff.for_category(name)) for name in show.plan.categories}
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
            "sold_with": partner_of.get(seat.number),
            "prices": (amounts := prices[seat.category]),
            "text": _sentence(seat, status, amounts, currency, has_zones, has_places),
        }
        for seat in show.plan.seats
    ]


def _prices_of(kind):
    """{ticket type: amount}, the default first."""
    return {ticket.ticket_type.name: ticket.price for ticket in kind.tickets or []}


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
