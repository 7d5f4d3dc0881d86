"""Rows: each change was asked for, by who may, at that time."""

MAKERS = {"book", "hold", "move", "block"}
BOOKERS = {"book", "confirm", "move"}
ENDERS = {"cancel", "cancel_booking", "move", "unblock", "cancel_show"}
OF_STAFF = {"block", "unblock", "cancel_show"}


def unexplained(facts):
    for row in facts.bookings:
        yield from _of_change(facts, row, "request_id", row["created_at"], MAKERS)
        if row["booked_at"]:
            yield from _of_change(facts, row, "booked_request_id", row["booked_at"], BOOKERS)
        if row["status"] == "cancelled":
            yield from _of_change(facts, row, "end_request_id", row["cancelled_at"], ENDERS)


def _of_change(facts, row, name, moment, ops):
    call, t = facts.call_of.get(row[name]), facts.try_of.get(row[name])
    where = f"booking {row['id']}, {name} {row[name]!r}"
    if call is None or call.op not in ops:
        yield "unexplained", f"{where}: {call and call.op}"
    elif call.op not in OF_STAFF and call.user != row["order__customer"]:
        yield "another customer's", where
    elif moment < t.start - facts.slack or (t.status and moment > t.end + facts.slack):
        yield "at another time", f"{where}: {t.start} {moment} {t.end}"
    elif call.order and call.order != row["order__code"]:
        yield "another order's", where
    elif call.op in OF_STAFF and call.show != row["show"]:
        yield "another show's", where
    elif call.op in ("block", "unblock") and not row["blocked_by"]:
        yield "blocked by a customer", where


def ends(facts):
    """Who cancelled it, and that holds ended by themselves when their time was over."""
    for row in facts.bookings:
        call, t = facts.call_of.get(row["end_request_id"]), facts.try_of.get(row["end_request_id"])
        if row["status"] == "cancelled" and call and row["cancelled_by"] != call.user:
            yield "cancelled by another", f"booking {row['id']}: {row['cancelled_by']}"
        elif row["status"] == "expired" and row["end_request_id"]:
            # A move that names no show is within that of the order, which may have moved before.
            goes_anywhere = call and call.op == "move" and "show" not in call.body
            is_there = call and (call.show == row["show"] or goes_anywhere)
            if not is_there or call.op not in MAKERS | {"cancel_show"}:
                yield "expired by whom", f"booking {row['id']}: {call and call.op}"
            elif t.status and t.end < row["expires_at"] - facts.slack:
                yield "expired too early", f"booking {row['id']}: {row['expires_at']}, {t.end}"
