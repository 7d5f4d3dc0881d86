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

SCAN = {
    "code": CODE,
    "show": 12,
    "device": "door-2",
    "nonce": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    "scanned_at": "2026-11-27T20:03:10.000000Z",
}
SCAN_ANSWER = {
    "result": "refused",
    "reason": "already_admitted",
    "double": False,
    "annulled": False,
    "ticket": {
        "id": 1035009092856410,
        "order": "7GQ2MXK4TD",
        "show": 12,
        "movie_title": "Spirited Away",
        "cinema_name": "Astoria",
        "screen_name": "Screen 2",
        "starts_at": "2026-11-27T20:15:00+00:00",
        "time_zone": "Europe/London",
        "seat_number": "F7",
        "zone": "Hall",
        "row": "F",
        "seat": "7",
        "category": "Standard",
        "ticket_type": "Adult",
    },
    "first": {"device": "door-1", "scanned_at": "2026-11-27T20:01:44.120000Z"},
}
BATCH = {"scans": [SCAN]}
BATCH_ANSWER = {
    "scans": [
        {
            "nonce": SCAN["nonce"],
            "answer": SCAN_ANSWER | {"result": "admitted", "double": True},
            "problem": None,
        }
    ]
}
DOOR_LIST = {
    "show": 12,
    "as_of": "2026-11-27T20:02:10.000000Z",
    "counts": {"booked": 88, "admitted": 41},
    "keys": [{"id": "5cc1a0d4", "key": "d75a980182b10ab7d54bfed3c964073a" * 2}],
    "tickets": [
        {
            "zone": "Hall",
            "row": "F",
            "seat": "7",
            "category": "Standard",
            "id": 1035009092856410,
            "seat_number": "F7",
            "ticket_type": "Adult",
            "status": "booked",
            "generation": 1,
            "blocked": False,
            "admitted_at": "2026-11-27T20:01:44.120000Z",
        }
    ],
}
