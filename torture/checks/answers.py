"""Every answer is an expected one, and a key has one answer and one effect."""

from torture.checks.facts import INFINITY

REFUSALS = {
    400: {
        *("already_cancelled", "half_a_pair", "invalid", "not_held", "seat_limit", "seat_unknown"),
        *("single_seat_left", "ticket_type_unknown"),
    },
    409: {
        *("held_too_long", "hold_expired", "in_progress", "paid_already", "payment_used"),
        *("price_changed", "seat_taken", "seats_not_blocked", "seats_sold", "show_cancelled"),
        *("show_full", "show_sold", "shows_overlap"),
    },
    503: {"unavailable"},
}
ALWAYS_CHANGE_ROWS = {
    *("book", "hold", "cancel", "cancel_booking", "move", "block", "unblock", "reschedule")
}


def unexpected_statuses(facts):
    for call in facts.calls:
        for t in call.tries:
            if t.status == 503 and facts.is_calm:
                yield "503 without chaos", f"{call.op} {t.id}"
            elif t.status == 0 and facts.is_calm:
                yield "no answer without chaos", f"{call.op} {t.id}: {t.error}"
            elif t.status not in (0, 200, 201) and t.code not in REFUSALS.get(t.status, ()):
                yield "unexpected status", f"{call.op} {t.id}: {t.status} {t.body[:300]}"


def different_answers_to_a_key(facts):
    """All final answers to a key must be the same bytes, and only the first may not be a replay."""
    for call in facts.writes:
        final = [t for t in call.by_end() if t.is_final]
        if not final:
            continue
        if len({(t.status, t.body) for t in final}) > 1:
            yield "answers differ", f"{call.op} {call.id}: {[t.body[:80] for t in final]}"
        if sum(not t.is_replayed for t in final) > 1:
            yield "acted twice", f"{call.op} {call.id}"
        record = facts.record_of.get((call.user, call.key))
        if record is None:
            yield "answer not recorded", f"{call.op} {call.id}: {final[0].status}"
        elif (record["status"], bytes(record["body"])) != (final[0].status, final[0].body):
            yield "another answer recorded", f"{call.op} {call.id}: {record['status']}"
        for t in call.tries:
            if t.start > final[0].end and t.status == 409 and t.code != "in_progress":
                yield "409 after an answer", f"{call.op} {call.id}: {t.code}"


def effects_of_a_key(facts):
    """Only one try of a call may change rows, and its answer must be recorded."""
    for call in facts.writes:
        effective = [t for t in call.tries if facts.changed_rows(t)]
        if len(effective) > 1:
            yield "two effects of one key", f"{call.op} {call.id}: {[t.id for t in effective]}"
        record = facts.record_of.get((call.user, call.key))
        status = record and record["status"]
        if effective and status not in (200, 201):
            yield "effect without record", f"{call.op} {call.id}: {status}"
        if status in (200, 201) and not effective and call.op in ALWAYS_CHANGE_ROWS:
            yield "record without effect", f"{call.op} {call.id}"
        began = min((_first_change(facts, t) for t in effective), default=INFINITY)
        for t in call.tries:
            if t in effective and 400 <= t.status < 500:
                yield "refused with an effect", f"{call.op} {t.id}: {t.status} {t.code}"
            # A later try gets the first answer, or 409 while the first one runs.
            elif t.status == 409 and t.code != "in_progress" and t.start > began + facts.slack:
                yield "conflict with its own effect", f"{call.op} {t.id}: {t.code}"


def _first_change(facts, t):
    return min(
        [row["created_at"] for row in facts.created.get(t.id, ())]
        + [row["cancelled_at"] for row in facts.cancelled.get(t.id, ())]
        + [row["booked_at"] for row in facts.booked.get(t.id, ())]
        + [row["made_at"] for row in facts.changed.get(t.id, ())]
    )
