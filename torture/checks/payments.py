"""A payment reference belongs to at most one order that is held or booked."""

from torture.checks.facts import INFINITY, ended_at, grouped
from torture.checks.seats import overlapping


def used_twice(facts):
    paid = [row for row in facts.bookings if row["payment_reference"]]
    for reference, rows in grouped(paid, lambda row: row["payment_reference"]).items():
        codes = sorted({row["order__code"] for row in rows})
        spans = [(*_live_span(facts, code, reference), code) for code in codes]
        spans = [span for span in spans if span[0] < span[1]]
        found = [f"orders {one} and {other}" for one, other in overlapping(spans, facts.slack)]
        booked = [code for code in codes if facts.order_of[code]["status"] == "booked"]
        if len(booked) > 1:
            found.append(f"now {booked}")
        for orders in found:
            yield "payment used twice", f"{reference}: {orders}"


def _live_span(facts, code, reference):
    """Return (from, to): for how long the order surely had the payment and was held or booked.

    A confirmation records its time after it has looked for other orders. A move records it before,
    so only its answer counts; the last one, because another payment may have replaced an earlier
    one. An answer can arrive after the end.
    """
    calls = [
        call
        for call in facts.calls_of_payment.get(reference, ())
        if call.order == code and call.may_have_succeeded
    ]
    answered = max((call.answer.end for call in calls if call.has_succeeded), default=INFINITY)
    confirmed = [
        row["booked_at"]
        for call in calls
        for t in call.tries
        for row in facts.booked.get(t.id, ())
        if call.op == "confirm"
    ]
    return min([answered, *confirmed]), max(map(ended_at, facts.rows_of_order[code]))


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
