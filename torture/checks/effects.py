"""What was acknowledged is there, and nobody used a hold that was over."""

from decimal import Decimal

from torture.checks.facts import INFINITY, seconds


def acknowledged(facts):
    for call in facts.writes:
        answer = call.answer
        if answer and answer.has_succeeded:
            problem = ACKNOWLEDGED[call.op](facts, call, answer.data)
            if problem:
                yield "acknowledged, not there", f"{call.op} {answer.id}: {problem}"


def _book(facts, call, data):
    row = facts.booking_of.get(data["id"])
    if not row or row["request_id"] not in {t.id for t in call.tries}:
        return f"booking {data['id']} is not there"
    told = (data["show"], data["seat_number"], data["order"], Decimal(data["price"]))
    there = (row["show"], row["seat_number"], row["order__code"], row["price"])
    if told != there or row["seat_number"] != call.body["seat_number"]:
        return f"told {told}, there is {there}"
    return None if row["status"] in ("booked", "cancelled") else f"it is {row['status']}"


def _move(facts, call, data):
    ended, active = facts.ended_by(call), _active(data)
    if not ended or {row["order__code"] for row in ended} != {data["code"]}:
        return f"{len(ended)} seats given up for {len(active)}"
    if data["status"] == "booked" and len(ended) != len(active):
        return f"{len(ended)} seats given up for {len(active)}"
    if data["show"] != call.body.get("show", data["show"]):
        return f"it went to show {data['show']}"
    return _hold(facts, call, data)


def _hold(facts, call, data):
    made, lines = facts.made_by(call), _active(data)
    told = sorted((b["id"], b["seat_number"], Decimal(b["price"])) for b in lines)
    there = sorted((row["id"], row["seat_number"], row["price"]) for row in made)
    if told != there or {row["order__code"] for row in made} != {data["code"]}:
        return f"told {told}, there is {there}"
    if len(made) != call.size or {row["show"] for row in made} != {data["show"]}:
        return f"{len(made)} seats for {call.size}, show {data['show']}"
    if sum(price for *_, price in told) != Decimal(data["total"]):
        return "the total is wrong"
    return None


def _active(data):
    return [line for line in data["bookings"] if line["status"] != "cancelled"]


def _confirm(facts, call, data):
    lines = [line for line in data["bookings"] if line["status"] == "booked"]
    if data["status"] != "booked" or not lines:
        return f"the answer says {data['status']}"
    found = [facts.booking_of.get(line["id"]) for line in lines]
    is_there = all(
        row and row["booked_at"] and row["status"] in ("booked", "cancelled") for row in found
    )
    return None if is_there else "not booked"


def _extend(facts, call, data):
    told = seconds(data["expires_at"])
    for line in data["bookings"]:
        row = facts.booking_of.get(line["id"])
        if row is None:
            return f"booking {line['id']} is not there"
        is_short = row["expires_at"] and row["expires_at"] < told - facts.slack
        if line["status"] == "held" and not row["booked_at"] and is_short:
            return f"told {told}, there is {row['expires_at']}"
    return None


def _cancel(facts, call, data):
    ended = {row["seat_number"] for row in facts.ended_by(call)}
    wanted = set(call.body.get("seat_numbers", ended))
    return None if ended and ended == wanted else f"{wanted} wanted, {ended} ended"


def _cancel_booking(facts, call, data):
    ended = {row["id"] for row in facts.ended_by(call)}
    return None if ended == {call.booking} else f"{call.booking} wanted, {ended} ended"


def _block(facts, call, data):
    made = {row["seat_number"] for row in facts.made_by(call)}
    return None if made == set(call.body["seat_numbers"]) else f"{made} blocked"


def _cancel_show(facts, call, data):
    return None if facts.cancelled_at[call.show] else "the show is on"


ACKNOWLEDGED = {
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
}


def late(facts):
    """Nobody confirms, extends, moves or gives up a hold by asking after its end."""
    for row in facts.bookings:
        t = facts.try_of.get(row["end_request_id"])
        is_hold = row["status"] == "cancelled" and row["expires_at"] and not row["booked_at"]
        if is_hold and t and t.start > row["expires_at"] + facts.slack:
            op = facts.call_of[t.id].op
            yield "after its end", f"{op} {t.id}: booking {row['id']}, {row['expires_at']}"
    for call in facts.writes:
        if call.op in ("confirm", "extend"):
            yield from _of_late_call(facts, call)


def _of_late_call(facts, call):
    for t in call.tries:
        has_acted = t.id in facts.booked or (call.op == "extend" and t.has_succeeded)
        if has_acted and not t.is_replayed:
            end = _latest_end(facts, call.order, before=t)
            if t.start > end + facts.slack:
                yield "after its end", f"{call.op} {t.id}: {t.start - end:.3f} s late"


def _latest_end(facts, code, *, before):
    """To when the order was held at the latest when this try began, as far as can be told."""
    end = -INFINITY
    maker = facts.call_of.get(
        min(facts.rows_of_order[code], key=lambda row: row["id"])["request_id"]
    )
    for call in [maker, *facts.calls_on_order.get(code, ())]:
        if call is None or call.op not in ("hold", "extend", "move"):
            continue
        if call.answer is None and any(t.is_unknown for t in call.tries):
            return INFINITY  # perhaps it was extended
        data = call.answer.data if call.answer and call.answer.has_succeeded else {}
        begun = min(t.start for t in call.tries)
        if data.get("expires_at") and begun < before.end and before not in call.tries:
            end = max(end, seconds(data["expires_at"]))
    return end
