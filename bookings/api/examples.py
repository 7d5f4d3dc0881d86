"""Examples of answers for the OpenAPI document."""

from typing import Any

WARNING = {
    "code": "single_seat_left",
    "detail": "This choice leaves seat F9 single between taken seats.",
    "seats": [{"seat_number": "F9", "code": "single_seat_left"}],
}


def cancelled(booking: dict[str, Any]) -> dict[str, Any]:
    """Return the example of a booking after it was cancelled."""
    at = "2026-11-22T18:20:48.120394+00:00"
    return {**booking, "status": "cancelled", "refund": booking["price"], "cancelled_at": at}


BOOKING = {
    "id": 1035009092856410,
    "show": 12,
    "movie": 3,
    "movie_title": "Spirited Away",
    "poster_url": "https://media.example/spirited-away.jpg",
    "cinema_name": "Astoria",
    "screen_name": "Screen 2",
    "starts_at": "2026-11-27T20:15:00+00:00",
    "time_zone": "Europe/London",
    "seat_number": "A7",
    "zone": "Hall",
    "row": "A",
    "seat": "7",
    "category": "Standard",
    "ticket_type": "Adult",
    "status": "booked",
    "price": "9.50",
    "refund": None,
    "currency": "GBP",
    "created_at": "2026-11-22T17:03:11.482913+00:00",
    "cancelled_at": None,
    "order": "7GQ2MXK4TD",
}

SEAT_OF_ORDER = {
    "id": 1035009092856410,
    "show": 12,
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "ticket_type": "Adult",
    "status": "held",
    "price": "9.50",
    "refund": None,
    "cancelled_at": None,
    "cancel_reason": "",
}
HELD_ORDER: dict[str, Any] = {
    "code": "7GQ2MXK4TD",
    "status": "held",
    "show": 12,
    "movie": 3,
    "movie_title": "Spirited Away",
    "poster_url": "https://media.example/spirited-away.jpg",
    "cinema_name": "Astoria",
    "screen_name": "Screen 2",
    "starts_at": "2026-11-27T20:15:00+00:00",
    "time_zone": "Europe/London",
    "total": "16.50",
    "currency": "GBP",
    "paid": "0.00",
    "due": "16.50",
    "refundable": "0.00",
    "created_at": "2026-11-22T17:03:11.482913+00:00",
    "expires_at": "2026-11-22T17:13:11.482913+00:00",
    "expires_in": 599,
    "extendable_until": "2026-11-22T17:23:11.482913+00:00",
    "payment_reference": "",
    "bookings": [
        SEAT_OF_ORDER,
        SEAT_OF_ORDER
        | {
            "id": 3584312599620796,
            "seat_number": "F8",
            "seat": "8",
            "ticket_type": "Child",
            "price": "7.00",
        },
    ],
    "former_bookings": [],
}
BOOKED_ORDER: dict[str, Any] = {
    **HELD_ORDER,
    "status": "booked",
    "expires_at": None,
    "expires_in": None,
    "extendable_until": None,
    "payment_reference": "pi_3Q2x9K",
    "bookings": [{**booking, "status": "booked"} for booking in HELD_ORDER["bookings"]],
}
CANCELLED_ORDER = {
    **BOOKED_ORDER,
    "status": "cancelled",
    "total": "0.00",
    "bookings": [cancelled(booking) for booking in BOOKED_ORDER["bookings"]],
}
CHOICE = {"outcome": "side_by_side", "groups": [["F7", "F8"]]}
LINE_OF_QUOTE = {
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "ticket_type": "Adult",
    "price": "9.50",
}
QUOTE = {
    "show": 12,
    "total": "16.50",
    "currency": "GBP",
    "lines": [
        LINE_OF_QUOTE,
        LINE_OF_QUOTE | {"seat_number": "F8", "seat": "8", "ticket_type": "Child", "price": "7.00"},
    ],
    "choice": CHOICE,
    "warnings": [],
}
PREVIEW = {
    "order": "7GQ2MXK4TD",
    "currency": "GBP",
    "percent": 100,
    "refund": "16.50",
    "seats": [
        {"seat_number": "F7", "price": "9.50", "refund": "9.50"},
        {"seat_number": "F8", "price": "7.00", "refund": "7.00"},
    ],
    "changes_at": "2026-11-26T20:15:00+00:00",
    "percent_then": 50,
    "refund_then": "8.25",
}
SEAT = {
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "x": 180.0,
    "y": 150.0,
    "status": "available",
    "sold_with": None,
    "prices": {"Adult": "9.50", "Child": "7.00"},
    "text": "Row F, seat 7, aisle, standard, available, 9.50 EUR",
}
CATEGORY = {
    "name": "Standard",
    "color": "#4a7fb5",
    "is_accessible": False,
    "is_companion": False,
    "is_sold_in_pairs": False,
    "has_restricted_view": False,
}
