"""Every change of a row was requested: by this operation, by this user, at this time."""

CREATE = {"book", "hold", "move", "block"}
BOOK = {"book", "confirm", "move"}
CANCEL = {"cancel", "cancel_booking", "move", "unblock", "cancel_show"}
BY_STAFF = {"block", "unblock", "cancel_show"}


def unrequested_changes(facts):
    for row in facts.bookings:
        yield from _of_change(facts, row, "request_id", row["created_at"], CREATE)
        if row["booked_at"]:
            yield from _of_change(facts, row, "booked_request_id", row["booked_at"], BOOK)
        if row["status"] == "cancelled":
            yield from _of_change(facts, row, "end_request_id", row["cancelled_at"], CANCEL)


def _of_change(facts, row, name, moment, ops):
    """Yield a finding unless the try in this column explains a change at this moment."""
    call, t = facts.call_of.get(row[name]), facts.try_of.get(row[name])
    where = f"booking {row['id']}, {name} {row[name]!r}"
    if call is None or call.op not in ops:
        yield "unrequested change", f"{where}: {call and call.op}"
    elif call.op not in BY_STAFF and call.user != row["order__customer"]:
        yield "changed by another customer", where
    elif moment < t.start - facts.slack or (t.status and moment > t.end + facts.slack):
        yield "changed at another time", f"{where}: {t.start} {moment} {t.end}"
    elif call.order and call.order != row["order__code"]:
        yield "changed for another order", where
    elif call.op in BY_STAFF and call.show != row["show"]:
        yield "changed for another show", where
    elif call.op in ("block", "unblock") and not row["blocked_by"]:
        yield "customer's seat unblocked", where


def wrong_endings(facts):
    """A cancelled row names the right user; a hold expires on time, by a related request."""
    for row in facts.bookings:
        call, t = facts.call_of.get(row["end_request_id"]), facts.try_of.get(row["end_request_id"])
        if row["status"] == "cancelled" and call and row["cancelled_by"] != call.user:
            yield "wrong cancelled_by", f"booking {row['id']}: {row['cancelled_by']}"
        elif row["status"] == "expired" and row["end_request_id"]:
            # A move that names no show stays in the order's show, which an earlier move may have
            # changed.
            is_anywhere = call and call.op == "move" and "show" not in call.body
            is_related = call and (call.show == row["show"] or is_anywhere)
            if not is_related or call.op not in CREATE | {"cancel_show"}:
                yield "expired by an unrelated request", f"booking {row['id']}: {call and call.op}"
            elif t.status and t.end < row["expires_at"] - facts.slack:
                yield "expired too early", f"booking {row['id']}: {row['expires_at']}, {t.end}"
