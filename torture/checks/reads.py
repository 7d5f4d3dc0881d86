"""Reads show everything that was acknowledged before them, and nothing that began after them."""

from torture.checks.facts import INFINITY, ended_at
from torture.checks.seats import promised_spans

MAX_AGE = 1.1  # seconds: availability may be one second old


def wrong_availability(facts):
    promised = promised_spans(facts)
    for call in facts.calls:
        t = call.answer
        if call.op == "availability" and t and t.status == 200:
            yield from _of_availability(facts, call, t, promised)


def _of_availability(facts, call, t, promised):
    data, show, since = t.data, facts.shows[call.show], t.start - MAX_AGE
    taken = data["held"] + data["booked"] + data["blocked"]
    size = data["available_seats"] + len(taken)
    adds_up = size in show.sizes if data["on_sale"] else data["available_seats"] == 0
    if len(set(taken)) != len(taken) or not adds_up:
        yield "wrong availability", f"{t.id}: the numbers do not add up"
    for seat in taken:
        rows = facts.rows_of_seat.get((call.show, seat), [])
        if not any(r["created_at"] <= t.end and facts.visible_until(r) >= since for r in rows):
            yield "wrong availability", f"{t.id}: seat {seat} was free"
    for seat in set(show.seats).difference(taken):
        for start, end, booking in promised.get((call.show, seat), ()):
            row = facts.booking_of.get(booking)
            if start < since and min(end, ended_at(row) if row else 0) > t.end:
                yield "wrong availability", f"{t.id}: seat {seat} was taken by {booking}"


def wrong_orders(facts):
    for call in facts.calls:
        t = call.answer
        if call.op in ("order", "orders") and t and t.status == 200:
            for data in t.data.get("results", [t.data]):
                yield from _of_order(facts, call, t, data)


def _of_order(facts, call, t, data):
    order = facts.order_of.get(data["code"])
    if order is None or order["customer"] != call.user:
        yield "wrong order read", f"{t.id}: {data['code']} is missing, or another customer's"
        return
    for booking in [*data["bookings"], *data["former_bookings"]]:
        row = facts.booking_of.get(booking["id"])
        if row is None or not _can_be_seen_as(facts, row, booking["status"], t):
            where = f"{t.id}: booking {booking['id']} {booking['status']}"
            yield "wrong order read", f"{where}: {row}"


def _can_be_seen_as(facts, row, status, t):
    was_booked = row["booked_at"] and facts.was_acknowledged(
        row, "booked_request_id", before=t.start
    )
    had_ended = row["cancelled_at"] and facts.was_acknowledged(
        row, "end_request_id", before=t.start
    )
    match status:
        case "booked":
            return (row["booked_at"] or INFINITY) <= t.end + facts.slack and not had_ended
        case "held" | "expired":
            return not was_booked and not had_ended
        case "cancelled":
            return (row["cancelled_at"] or INFINITY) <= t.end + facts.slack
    return False
