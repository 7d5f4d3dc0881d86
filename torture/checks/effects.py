"""Acknowledged writes are in the database, and expired holds were not used."""

from decimal import Decimal

from torture.checks.facts import INFINITY, placing, seconds


def lost_writes(facts):
    for call in facts.writes:
        answer = call.answer
        if answer and answer.has_succeeded:
            problem = PROBLEM_OF[call.op](facts, call, answer.data)
            if problem:
                yield "acknowledged write lost", f"{call.op} {answer.id}: {problem}"


def _book(facts, call, data):
    row = facts.booking_of.get(data["id"])
    if not row or row["request_id"] not in {t.id for t in call.tries}:
        return f"booking {data['id']} is missing"
    answered = (data["show"], data["seat_number"], data["order"], Decimal(data["price"]))
    stored = (row["show"], row["seat_number"], row["order__code"], row["price"])
    if answered != stored or row["seat_number"] != call.body["seat_number"]:
        return f"answered {answered}, stored {stored}"
    return None if row["status"] in ("booked", "cancelled") else f"it is {row['status']}"


def _move(facts, call, data):
    released, active = facts.cancelled_by(call), _active(data)
    if not released or {row["order__code"] for row in released} != {data["code"]}:
        return f"{len(released)} seats released for {len(active)}"
    if data["status"] == "booked" and len(released) != len(active):
        return f"{len(released)} seats released for {len(active)}"
    if data["show"] != call.body.get("show", data["show"]):
        return f"it went to show {data['show']}"
    return _hold(facts, call, data)


def _hold(facts, call, data):
    created, bookings = facts.created_by(call), _active(data)
    answered = sorted((b["id"], b["seat_number"], Decimal(b["price"])) for b in bookings)
    stored = sorted((row["number"], row["seat_number"], row["price"]) for row in created)
    if answered != stored or {row["order__code"] for row in created} != {data["code"]}:
        return f"answered {answered}, stored {stored}"
    if len(created) != call.size or {row["show"] for row in created} != {data["show"]}:
        return f"{len(created)} seats for {call.size}, show {data['show']}"
    if sum(price for *_, price in answered) != Decimal(data["total"]):
        return "the total is wrong"
    return None


def _active(data):
    return [booking for booking in data["bookings"] if booking["status"] != "cancelled"]


def _confirm(facts, call, data):
    bookings = [booking for booking in data["bookings"] if booking["status"] == "booked"]
    if data["status"] != "booked" or not bookings:
        return f"the answer says {data['status']}"
    rows = [facts.booking_of.get(booking["id"]) for booking in bookings]
    is_stored = all(
        row and row["booked_at"] and row["status"] in ("booked", "cancelled") for row in rows
    )
    if not is_stored:
        return "it is not booked"
    paid = {row["payment_reference"] for row in rows}
    return (
        None if paid == {call.body.get("payment_reference", "")} else f"it has the payment {paid}"
    )


def _extend(facts, call, data):
    answered = seconds(data["expires_at"])
    for booking in data["bookings"]:
        row = facts.booking_of.get(booking["id"])
        if row is None:
            return f"booking {booking['id']} is missing"
        is_shorter = row["expires_at"] and row["expires_at"] < answered - facts.slack
        if booking["status"] == "held" and not row["booked_at"] and is_shorter:
            return f"answered {answered}, stored {row['expires_at']}"
    return None


def _cancel(facts, call, data):
    cancelled = {row["seat_number"] for row in facts.cancelled_by(call)}
    requested = set(call.body.get("seat_numbers", cancelled))
    if cancelled and cancelled == requested:
        return None
    return f"requested {requested}, cancelled {cancelled}"


def _cancel_booking(facts, call, data):
    cancelled = {row["number"] for row in facts.cancelled_by(call)}
    if cancelled == {call.booking}:
        return None
    return f"requested {call.booking}, cancelled {cancelled}"


def _block(facts, call, data):
    blocked = {row["seat_number"] for row in facts.created_by(call)}
    return None if blocked == set(call.body["seat_numbers"]) else f"{blocked} blocked"


def _cancel_show(facts, call, data):
    return None if facts.cancelled_at[call.show] else "the show is not cancelled"


def _reschedule(facts, call, data):
    made = facts.changes_by(call)
    if len(made) != 1 or made[0]["show"] != call.show:
        return f"it is recorded {len(made)} times"
    after = placing(made[0]["after"])
    if placing(data) != after:
        return f"answered {placing(data)}, recorded {after}"
    requested = call.body.get("screen", after.screen), call.body.get("starts_at", data["starts_at"])
    if requested[0] != after.screen or seconds(requested[1]) != after.starts_at:
        return f"requested {requested}, recorded {after}"
    return None


# By operation: return the fault of a write that was acknowledged, or None.
PROBLEM_OF = {
    "book": _book,
    "hold": _hold,
    "confirm": _confirm,
    "extend": _extend,
    "cancel": _cancel,
    "cancel_booking": _cancel_booking,
    "move": _move,
    "block": _block,
    "unblock": _cancel,
    "cancel_show": _cancel_show,
    "reschedule": _reschedule,
}


def use_of_expired_holds(facts):
    """A hold must not be confirmed, extended, moved or cancelled by a request after its expiry."""
    for row in facts.bookings:
        t = facts.try_of.get(row["end_request_id"])
        is_hold = row["status"] == "cancelled" and row["expires_at"] and not row["booked_at"]
        if is_hold and t and t.start > row["expires_at"] + facts.slack:
            op = facts.call_of[t.id].op
            yield "expired hold used", f"{op} {t.id}: booking {row['id']}, {row['expires_at']}"
    for call in facts.writes:
        if call.op in ("confirm", "extend"):
            yield from _late_tries(facts, call)


def _late_tries(facts, call):
    for t in call.tries:
        is_effective = t.id in facts.booked or (call.op == "extend" and t.has_succeeded)
        if is_effective and not t.is_replayed:
            expiry = _latest_expiry(facts, call.order, before=t)
            if t.start > expiry + facts.slack:
                yield "expired hold used", f"{call.op} {t.id}: {t.start - expiry:.3f} s late"


def _latest_expiry(facts, code, *, before):
    """Return the latest expiry that the order may have had when this try began.

    INFINITY if an extension without an answer may have happened.
    """
    expiry = -INFINITY
    creator = facts.call_of.get(
        min(facts.rows_of_order[code], key=lambda row: row["id"])["request_id"]
    )
    for call in [creator, *facts.calls_on_order.get(code, ())]:
        if call is None or call.op not in ("hold", "extend", "move"):
            continue
        if call.answer is None and any(t.is_unknown for t in call.tries):
            return INFINITY
        data = call.answer.data if call.answer and call.answer.has_succeeded else {}
        began = min(t.start for t in call.tries)
        if data.get("expires_at") and began < before.end and before not in call.tries:
            expiry = max(expiry, seconds(data["expires_at"]))
    return expiry
