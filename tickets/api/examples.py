"""Examples of answers for the OpenAPI document."""

CODE = "T1." + "AGWXWTD2AAAAAAAAAAAAYA6WVJT4HTSYOYAAC" + "Q7" * 49 + "B"
TEXT = """Spirited Away (PG)
Friday 27 November 2026, 20:15
Astoria, Screen 2
Hall, row F, seat 7, Standard
Adult, 9.50 GBP
Order 7GQ2MXK4TD, Alice Liddell"""
TICKET = {
    "id": 1035009092856410,
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "ticket_type": "Adult",
    "price": "9.50",
    "code": CODE,
    "text": TEXT,
    "qr_url": "/api/bookings/1035009092856410/ticket.svg",
    "pass_url": None,
}
TICKETS = {
    "order": "7GQ2MXK4TD",
    "show": 12,
    "movie_title": "Spirited Away",
    "certificate": "PG",
    "cinema_name": "Astoria",
    "screen_name": "Screen 2",
    "starts_at": "2026-11-27T20:15:00+00:00",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "name": "Alice Liddell",
    "pdf_url": "/api/orders/7GQ2MXK4TD/tickets.pdf",
    "tickets": [TICKET],
}
