"""The history and the rows, indexed for the checks."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

INFINITY = float("inf")
ACTIVE = {"held", "booked", "blocked"}


@dataclass
class ShowFacts:
    id: int
    movie: int
    seats: list[str]
    pairs: list[tuple[str, str]]
    ticket_types: list[str]
    prices: dict[tuple[str, str | None], Decimal]  # {(seat, ticket type or None): amount}


class Facts:
    """Indexes of the calls and of the rows that `world.read_rows()` returns.

    `slack` is by how many seconds two times may be wrong: rounding, and changes of the clock.
    """

    def __init__(self, history, rows, shows, *, max_seats, max_hold, is_calm):
        self.calls = history.calls
        self.slack = 1e-5 + history.clock_step
        self.max_seats, self.max_hold, self.is_calm = max_seats, max_hold, is_calm
        self.bookings, self.orders = rows["bookings"], rows["orders"]
        self.shows = {show.id: show for show in shows}
        self.writes = [call for call in self.calls if call.is_write]
        self.call_of = {t.id: call for call in self.calls for t in call.tries}
        self.try_of = {t.id: t for call in self.calls for t in call.tries}
        self.calls_on_order = grouped(self.calls, lambda call: call.order)
        self.rows_of_seat = grouped(self.bookings, lambda row: (row["show"], row["seat_number"]))
        self.rows_of_order = grouped(self.bookings, lambda row: row["order__code"])
        self.order_of = {order["code"]: order for order in self.orders}
        self.booking_of = {row["id"]: row for row in self.bookings}
        self.record_of = {(row["user"], row["key"]): row for row in rows["records"]}
        self.cancelled_at = {row["id"]: row["cancelled_at"] for row in rows["shows"]}
        # Rows by the id of the try that created, booked or cancelled them.
        booked = [row for row in self.bookings if row["booked_at"]]
        cancelled = [row for row in self.bookings if row["status"] == "cancelled"]
        self.created = grouped(self.bookings, lambda row: row["request_id"])
        self.booked = grouped(booked, lambda row: row["booked_request_id"])
        self.cancelled = grouped(cancelled, lambda row: row["end_request_id"])

    def changed_rows(self, t):
        """Return whether a row names this try. An extension leaves no such trace."""
        return t.id in self.created or t.id in self.booked or t.id in self.cancelled

    def cancelled_by(self, call):
        return [row for t in call.tries for row in self.cancelled.get(t.id, ())]

    def created_by(self, call):
        return [row for t in call.tries for row in self.created.get(t.id, ())]

    def visible_until(self, row):
        """Return the latest time at which others may have seen the seat of this row as taken.

        A cancellation is visible from its commit, which is before its answer.
        """
        if row["status"] != "cancelled":
            return ended_at(row)
        call = self.call_of.get(row["end_request_id"])
        return call.answer.end if call and call.answer else INFINITY

    def was_acknowledged(self, row, name, before):
        """Return whether the change named by this column was answered before this time."""
        call = self.call_of.get(row[name])
        return bool(call and call.answer and call.answer.end < before)


def grouped(items, key):
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def ended_at(row):
    """Return when the row stopped taking its seat."""
    if row["status"] == "cancelled":
        is_hold = row["expires_at"] and not row["booked_at"]
        return min(row["cancelled_at"], row["expires_at"]) if is_hold else row["cancelled_at"]
    return row["expires_at"] if row["status"] in ("held", "expired") else INFINITY


def seconds(text):
    """Return a time of the API as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()
