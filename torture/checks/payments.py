"""A payment reference belongs to at most one order that is held or booked."""

from torture.checks.facts import INFINITY, ended_at, grouped
from torture.checks.seats import overlapping


def used_twice(facts):
    paid = [row for row in facts.bookings if row["payment_reference"]]
    for reference, rows in grouped(paid, lambda row: row["payment_reference"]).items():
        codes = sorted({row["order__code"] for row in rows})
        spans = [(*_live_span(facts, code, reference), code) for code in codes]
        found = [f"orders {one} and {other}" for one, other in overlapping(spans, facts.slack)]
        live = [code for code in codes if facts.order_of[code]["status"] in ("held", "booked")]
        if len(live) > 1:
            found.append(f"now {live}")
        for orders in found:
            yield "payment used twice", f"{reference}: {orders}"


def _live_span(facts, code, reference):
    """Return (from, to): for how long the order surely had the payment and was held or booked.

    A confirmation records its time after it has looked for other orders. A move records it before,
    so only its answer counts.
    """
    rows = facts.rows_of_order[code]
    since = INFINITY
    for call in facts.calls_on_order.get(code, ()):
        if call.body.get("payment_reference") == reference:
            if call.has_succeeded:
                since = min(since, call.answer.end)
            if call.op == "confirm":
                booked = (
                    row["booked_at"] for t in call.tries for row in facts.booked.get(t.id, ())
                )
                since = min(since, *booked, INFINITY)
    return since, max(map(ended_at, rows))


def problem_of_refusal(facts, call, t):
    """Return what is wrong with a 409 payment_used, or None: another order had the payment."""
    reference = call.body.get("payment_reference")
    if not reference:
        return "no payment was sent"
    for other in facts.calls_of_payment[reference]:
        if other.order != call.order and other.may_have_succeeded:
            began = min(each.start for each in other.tries)
            end = max(map(facts.visible_until, facts.rows_of_order[other.order]))
            if began <= t.end and end >= t.start - facts.slack:
                return None
    return f"no other order had {reference}"
