"""Answers: that they are foreseen ones, and one for each key."""

from torture.checks.facts import INFINITY

REFUSALS = {
    400: {
        *("already_cancelled", "half_a_pair", "invalid", "not_held", "seat_limit", "seat_unknown"),
        *("single_seat_left", "ticket_type_unknown"),
    },
    409: {
        *("held_too_long", "hold_expired", "in_progress", "paid_already", "seat_taken"),
        *("seats_not_blocked", "show_cancelled", "show_full"),
    },
    503: {"unavailable"},
}
LEAVE_TRACES = {"book", "hold", "cancel", "cancel_booking", "move", "block", "unblock"}


def wrong_statuses(facts):
    for call in facts.calls:
        for t in call.tries:
            if t.status == 503 and facts.is_calm:
                yield "503 without chaos", f"{call.op} {t.id}"
            elif t.status not in (0, 200, 201) and t.code not in REFUSALS.get(t.status, ()):
                yield "status", f"{call.op} {t.id}: {t.status} {t.body[:300]}"


def of_a_key(facts):
    """From the first answer that is kept, all are that one, byte for byte."""
    for call in facts.writes:
        kept = [t for t in call.by_end() if t.is_kept]
        if not kept:
            continue
        if len({(t.status, t.body) for t in kept}) > 1:
            yield "answers differ", f"{call.op} {call.id}: {[t.body[:80] for t in kept]}"
        if sum(not t.is_replayed for t in kept) > 1:
            yield "acted twice", f"{call.op} {call.id}"
        record = facts.record_of.get((call.user, call.key))
        if record is None:
            yield "answer not recorded", f"{call.op} {call.id}: {kept[0].status}"
        elif (record["status"], bytes(record["body"])) != (kept[0].status, kept[0].body):
            yield "recorded otherwise", f"{call.op} {call.id}: {record['status']}"
        for t in call.tries:
            if t.start > kept[0].end and t.status == 409 and t.code != "in_progress":
                yield "409 after an answer", f"{call.op} {call.id}: {t.code}"


def effects_of_a_key(facts):
    """What a call changed was changed by one try, and that try's answer is recorded."""
    for call in facts.writes:
        acted = [t for t in call.tries if facts.has_acted(t)]
        if len(acted) > 1:
            yield "two effects of one key", f"{call.op} {call.id}: {[t.id for t in acted]}"
        record = facts.record_of.get((call.user, call.key))
        status = record and record["status"]
        if acted and status not in (200, 201):
            yield "effect without record", f"{call.op} {call.id}: {status}"
        if status in (200, 201) and not acted and call.op in LEAVE_TRACES:
            yield "record without effect", f"{call.op} {call.id}"
        began = min((_first_moment(facts, t) for t in acted), default=INFINITY)
        for t in call.tries:
            if t in acted and 400 <= t.status < 500:
                yield "refused, yet done", f"{call.op} {t.id}: {t.status} {t.code}"
            # Whoever comes after the effect gets the first answer, or is told to wait for it.
            elif t.status == 409 and t.code != "in_progress" and t.start > began + facts.slack:
                yield "conflict with itself", f"{call.op} {t.id}: {t.code}"


def _first_moment(facts, t):
    return min(
        [row["created_at"] for row in facts.made.get(t.id, ())]
        + [row["cancelled_at"] for row in facts.ended.get(t.id, ())]
        + [row["booked_at"] for row in facts.booked.get(t.id, ())]
    )
