"""Seats: one booking after the other."""

from itertools import pairwise

from torture.checks.facts import INFINITY, TAKING, ended_at, grouped, seconds


def taken_twice(facts):
    """By the times in the rows; a hold gives way from `expires_at` on."""
    for (show, seat), rows in facts.rows_of_seat.items():
        in_order = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
        for row, later in pairwise(in_order):
            if ended_at(row) > later["created_at"] + facts.slack:
                yield (
                    "seat taken twice",
                    f"show {show} seat {seat}: {row['id']} {row['status']} until {ended_at(row)}, "
                    f"{later['id']} {later['status']} from {later['created_at']}",
                )
        if sum(row["status"] in TAKING for row in rows) > 1:
            yield "seat taken twice", f"show {show} seat {seat}: by {[row['id'] for row in rows]}"


def told_twice(facts):
    """By answers alone, whatever the rows say: nobody is told a seat that another surely has."""
    for (show, seat), spans in surely_taken(facts).items():
        latest_end, owner = -INFINITY, None
        for start, end, booking in sorted(spans):
            if booking != owner and start < latest_end - facts.slack:
                yield "seat told twice", f"show {show} seat {seat}: bookings {owner} and {booking}"
            if end > latest_end:
                latest_end, owner = end, booking


def surely_taken(facts):
    """{(show, seat): [(from, to, booking)]} by what the customers were told."""
    cancelling = grouped((c for c in facts.writes if c.op == "cancel_show"), lambda c: c.show)
    spans = (span for call in facts.writes for span in _told(facts, call, cancelling))
    of_seats = grouped(spans, lambda span: span[:2])
    return {seat: [span[2:] for span in found] for seat, found in of_seats.items()}


def _told(facts, call, cancelling):
    """(show, seat, from, to, booking) of what the answers say is surely the customer's."""
    for t in call.tries:
        if t.has_succeeded and call.op in ("book", "hold", "confirm", "extend", "move"):
            data = t.data
            code = data["order"] if call.op == "book" else data["code"]
            others = [*facts.calls_on_order.get(code, ()), *cancelling.get(data["show"], ())]
            given_up = _given_up(call, others)
            for line in data.get("bookings", [data]):
                if line["status"] in ("held", "booked"):
                    end = INFINITY if line["status"] == "booked" else seconds(data["expires_at"])
                    end = min(end, given_up)
                    if end > t.end:
                        yield data["show"], line["seat_number"], t.end, end, line["id"]


def _given_up(call, others):
    """When somebody first asked for something that may end a booking of the order."""
    return min(
        (
            t.start
            for other in others
            if other is not call and other.op in ("cancel", "cancel_booking", "move", "cancel_show")
            for t in other.tries
        ),
        default=INFINITY,
    )


def sold_after_cancelling(facts):
    for row in facts.bookings:
        cancelled_at = facts.cancelled_at[row["show"]]
        if cancelled_at and row["order"] and row["created_at"] > cancelled_at + facts.slack:
            yield "sold after cancelling", f"booking {row['id']} of show {row['show']}"
        if cancelled_at and row["order"] and row["status"] in ("held", "booked"):
            yield "on a cancelled show", f"booking {row['id']} is {row['status']}"
