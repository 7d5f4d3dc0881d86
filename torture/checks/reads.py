"""Reads show what is committed: all that was told before, nothing that had not begun."""

from torture.checks.facts import INFINITY, ended_at
from torture.checks.seats import surely_taken

MAX_AGE = 1.1  # seconds: availability may be one second old


def wrong_availability(facts):
    sure = surely_taken(facts)
    for call in facts.calls:
        t = call.answer
        if call.op == "availability" and t and t.status == 200:
            yield from _of_availability(facts, call, t, sure)


def _of_availability(facts, call, t, sure):
    data, show, since = t.data, facts.shows[call.show], t.start - MAX_AGE
    taken = data["held"] + data["booked"] + data["blocked"]
    if len(set(taken)) != len(taken) or data["available_seats"] != len(show.seats) - len(taken):
        yield "availability", f"{t.id}: does not add up"
    for seat in taken:
        rows = facts.rows_of_seat.get((call.show, seat), [])
        if not any(r["created_at"] <= t.end and facts.seen_until(r) >= since for r in rows):
            yield "availability", f"{t.id}: seat {seat} was free"
    for seat in set(show.seats).difference(taken):
        for start, end, booking in sure.get((call.show, seat), ()):
            row = facts.booking_of.get(booking)
            if start < since and min(end, ended_at(row) if row else 0) > t.end:
                yield "availability", f"{t.id}: seat {seat} was taken by {booking}"


def wrong_orders(facts):
    for call in facts.calls:
        t = call.answer
        if call.op in ("order", "orders") and t and t.status == 200:
            for data in t.data.get("results", [t.data]):
                yield from _of_order(facts, call, t, data)


def _of_order(facts, call, t, data):
    order = facts.order_of.get(data["code"])
    if order is None or order["customer"] != call.user:
        yield "order read", f"{t.id}: {data['code']} is not there, or not theirs"
        return
    for line in data["bookings"]:
        row = facts.booking_of.get(line["id"])
        if row is None or not _can_be_seen_as(facts, row, line["status"], t):
            yield "order read", f"{t.id}: booking {line['id']} {line['status']}: {row}"


def _can_be_seen_as(facts, row, status, t):
    is_booked = row["booked_at"] and facts.was_told(row, "booked_request_id", before=t.start)
    is_over = row["cancelled_at"] and facts.was_told(row, "end_request_id", before=t.start)
    match status:
        case "booked":
            return (row["booked_at"] or INFINITY) <= t.end + facts.slack and not is_over
        case "held":
            return not is_booked and not is_over
        case "expired":
            return not is_booked and not is_over
        case "cancelled":
            return (row["cancelled_at"] or INFINITY) <= t.end + facts.slack
    return False
