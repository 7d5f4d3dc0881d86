"""The reason for a rejection existed at some time between request and answer."""

from torture.checks import payments, prices
from torture.checks.facts import INFINITY, ended_at


def unfounded(facts):
    for call in facts.calls:
        for t in call.tries:
            if t.status in (400, 409) and not t.is_replayed and t.code in PROBLEM_OF:
                problem = PROBLEM_OF[t.code](facts, call, t)
                if problem:
                    yield f"unfounded {t.code}", f"{call.op} {t.id}: {problem}"


def _seat_taken(facts, call, t):
    free = [_first_free(facts, show, t) for show in _shows_of(facts, call)]
    return f"seat {free[0]} was free from {t.start} to {t.end}" if all(free) else None


def _first_free(facts, show, t):
    for seat in t.data["seats"]:
        rows = facts.rows_of_seat.get((show, seat["seat_number"]), [])
        if not any(_may_be_seen(facts, row, t) for row in rows):
            return seat["seat_number"]
    return None


def _shows_of(facts, call):
    """Return the shows that the server may have judged by: an order may have moved meanwhile."""
    if call.op != "move" or "show" in call.body:
        return [call.show]
    return sorted({call.show, *(row["show"] for row in facts.rows_of_order.get(call.order, ()))})


def _may_be_seen(facts, row, t):
    return row["created_at"] <= t.end and facts.visible_until(row) >= t.start - facts.slack


def _hold_expired(facts, call, t):
    order = facts.order_of[call.order]
    if order["status"] not in ("held", "expired"):
        return f"the order is {order['status']}"
    end = min(row["expires_at"] or INFINITY for row in facts.rows_of_order[call.order])
    return None if end <= t.end + facts.slack else f"it expired {end - t.end:.3f} s later"


def _already_cancelled(facts, call, t):
    ends = [row["cancelled_at"] or INFINITY for row in facts.rows_of_order[call.order]]
    return None if min(ends) <= t.end + facts.slack else "no seat was cancelled"


def _seat_limit(facts, call, t):
    shows = dict.fromkeys(_shows_of(facts, call), 0)
    for row in facts.bookings:
        is_own = row["show"] in shows and row["order__customer"] == call.user
        if is_own and _may_be_seen(facts, row, t):
            shows[row["show"]] += 1
    own = max(shows.values())
    is_over = own + call.size > facts.max_seats
    return None if is_over else f"{own} seats owned, {call.size} requested"


def _show_cancelled(facts, call, t):
    """An order may have moved since, so each show that it was in counts."""
    shows = {call.show, *(row["show"] for row in facts.rows_of_order.get(call.order, ()))}
    ends = [facts.cancelled_at[show] or INFINITY for show in shows]
    return None if min(ends) <= t.end + facts.slack else "the show was not cancelled"


def _is_booked(facts, call, t):
    booked = [row["booked_at"] or INFINITY for row in facts.rows_of_order[call.order]]
    return None if min(booked) <= t.end + facts.slack else "the order was not booked"


def _held_too_long(facts, call, t):
    for seat in t.data["seats"]:
        places = [(show, seat["seat_number"]) for show in _shows_of(facts, call)]
        rows = [row for place in places for row in facts.rows_of_seat.get(place, [])]
        own = [row for row in rows if row["order__customer"] == call.user]
        if not any(row["created_at"] <= t.end for row in own):
            return f"seat {seat['seat_number']} was never held"
    return None


def _seats_not_blocked(facts, call, t):
    for seat in t.data["seats"]:
        rows = facts.rows_of_seat.get((call.show, seat["seat_number"]), [])
        for row in rows:
            was_blocked = facts.was_acknowledged(row, "request_id", before=t.start)
            if row["blocked_by"] and was_blocked and ended_at(row) > t.end:
                return f"seat {seat['seat_number']} was blocked"
    return None


# By code: return the fault of a rejection, or None.
PROBLEM_OF = {
    "seat_taken": _seat_taken,
    "seats_sold": _seat_taken,
    "hold_expired": _hold_expired,
    "already_cancelled": _already_cancelled,
    "seat_limit": _seat_limit,
    "show_cancelled": _show_cancelled,
    "paid_already": _is_booked,
    "not_held": _is_booked,
    "held_too_long": _held_too_long,
    "seats_not_blocked": _seats_not_blocked,
    "payment_used": payments.problem_of_refusal,
    "price_changed": prices.problem_of_refusal,
}
