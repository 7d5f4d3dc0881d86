"""Every seat of a show, with its status, its prices and a text for screen readers."""

from typing import Any

from bookings.hall import Hall, hall_of
from bookings.occupancy import seat_statuses
from core.money import shown
from movies.models import Show
from movies.pricing import CategoryPricing
from movies.seating.plan import Seat


def seat_list_of(show: Show) -> dict[str, Any]:
    """Return what `seats/` answers: the categories of the hall, and the seats in reading order.

    Two queries, one where the prices are cached.
    """
    hall = hall_of(show)
    used = {seat.category for seat in hall.plan.seats}
    return {
        "show": show,
        "categories": [
            {"color": color, **hall.pricing.for_category(name)._asdict(), "name": name}
            for name, color in hall.plan.categories.items()
            if name in used
        ],
        "seats": _seats_of(show, hall),
    }


def _seats_of(show: Show, hall: Hall) -> list[dict[str, Any]]:
    statuses = seat_statuses(show)
    currency = show.screen.cinema.currency
    prices = {
        name: _prices_in(hall.pricing.for_category(name), currency) for name in hall.plan.categories
    }
    has_zones = len({seat.zone for seat in hall.plan.seats}) > 1
    has_places = show.seating_plan_id is not None
    return [
        {
            "seat_number": seat.number,
            "zone": seat.zone,
            "row": seat.row,
            "seat": seat.seat,
            "category": seat.category,
            "x": seat.x,
            "y": seat.y,
            "status": (status := statuses[seat.number]),
            "sold_with": hall.partner_of.get(seat.number),
            "prices": (amounts := prices[seat.category]),
            "text": _sentence(seat, status, amounts, currency, has_zones, has_places),
        }
        for seat in hall.plan.seats
    ]


def _prices_in(category: CategoryPricing, currency: str) -> dict[str, str]:
    """Return {ticket type: amount}, the default first."""
    tickets = category.tickets or []
    return {
        each.ticket_type.name: shown(each.price, currency) for each in tickets if each.ticket_type
    }


def _sentence(
    seat: Seat,
    status: str,
    amounts: dict[str, str],
    currency: str,
    has_zones: bool,
    has_places: bool,
) -> str:
    """Return such as "Row F, seat 7, aisle, standard, available, 9.50 EUR"."""
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
