"""A seat has one booking at a time."""

from itertools import pairwise

from torture.checks.facts import ACTIVE, INFINITY, ended_at, grouped, seconds


def taken_twice(facts):
    """By the times in the rows; a hold frees its seat at `expires_at`."""
    for (show, seat), rows in facts.rows_of_seat.items():
        in_order = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
        for row, later in pairwise(in_order):
            if ended_at(row) > later["created_at"] + facts.slack:
                yield (
                    "seat taken twice",
                    f"show {show} seat {seat}: {row['id']} {row['status']} until {ended_at(row)}, "
                    f"{later['id']} {later['status']} from {later['created_at']}",
                )
        if sum(row["status"] in ACTIVE for row in rows) > 1:
            yield "seat taken twice", f"show {show} seat {seat}: by {[row['id'] for row in rows]}"


def promised_twice(facts):
    """By the answers alone, without the rows: no two customers may be promised one seat."""
    for (show, seat), spans in promised_spans(facts).items():
        for one, other in overlapping(spans, facts.slack):
            yield "seat promised twice", f"show {show} seat {seat}: bookings {one} and {other}"


def overlapping(spans, slack):
    """Yield (owner, other owner) where spans (from, to, owner) of different owners overlap."""
    latest_end, latest_owner = -INFINITY, None
    for start, end, owner in sorted(spans):
        if owner != latest_owner and start < latest_end - slack:
            yield latest_owner, owner
        if end > latest_end:
            latest_end, latest_owner = end, owner


def promised_spans(facts):
    """Return {(show, seat): [(from, to, booking)]}: for how long answers promise the seat."""
    cancelling = grouped((c for c in facts.writes if c.op == "cancel_show"), lambda c: c.show)
    spans = (span for call in facts.writes for span in _promises(facts, call, cancelling))
    of_seats = grouped(spans, lambda span: span[:2])
    return {seat: [span[2:] for span in found] for seat, found in of_seats.items()}


def _promises(facts, call, cancelling):
    """Yield (show, seat, from, to, booking) for each seat in the answers to this call."""
    for t in call.tries:
        if t.has_succeeded and call.op in ("book", "hold", "confirm", "extend", "move"):
            data = t.data
            code = data["order"] if call.op == "book" else data["code"]
            others = [*facts.calls_on_order.get(code, ()), *cancelling.get(data["show"], ())]
            first_release = _first_release(call, others)
            for booking in data.get("bookings", [data]):
                if booking["status"] in ("held", "booked"):
                    is_booked = booking["status"] == "booked"
                    end = INFINITY if is_booked else seconds(data["expires_at"])
                    end = min(end, first_release)
                    if end > t.end:
                        yield data["show"], booking["seat_number"], t.end, end, booking["id"]


def _first_release(call, others):
    """Return when the first other request began that may end a booking of the order."""
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
            yield "active in a cancelled show", f"booking {row['id']} is {row['status']}"
