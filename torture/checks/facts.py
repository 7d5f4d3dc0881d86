"""The history and the rows, as the checks look them up."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

INFINITY = float("inf")
TAKING = {"held", "booked", "blocked"}


@dataclass
class ShowFacts:
    id: int
    movie: int
    seats: list[str]
    pairs: list[tuple[str, str]]
    ticket_types: list[str]
    prices: dict[tuple[str, str | None], Decimal]  # by seat and ticket type


class Facts:
    """`rows` are what `world.rows()` answers.

    `slack`: seconds by which two times of the one clock may be wrong, rounding and all.
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
        cancelled = [row for row in self.bookings if row["status"] == "cancelled"]
        self.made = grouped(self.bookings, lambda row: row["request_id"])
        booked = [row for row in self.bookings if row["booked_at"]]
        self.booked = grouped(booked, lambda row: row["booked_request_id"])
        self.ended = grouped(cancelled, lambda row: row["end_request_id"])

    def has_acted(self, t):
        """Whether rows say that this try changed them. Extending leaves no such trace."""
        return t.id in self.made or t.id in self.booked or t.id in self.ended

    def ended_by(self, call):
        return [row for t in call.tries for row in self.ended.get(t.id, ())]

    def made_by(self, call):
        return [row for t in call.tries for row in self.made.get(t.id, ())]

    def seen_until(self, row):
        """The latest time at which others may have seen the row take its seat.

        Its end is seen when it is committed, which is before whoever ended it is told so.
        """
        if row["status"] != "cancelled":
            return ended_at(row)
        answer = (
            row["end_request_id"] in self.call_of and self.call_of[row["end_request_id"]].answer
        )
        return answer.end if answer else INFINITY

    def was_told(self, row, name, before):
        """Whether the change of the row of that name was acknowledged before this time."""
        call = self.call_of.get(row[name])
        return bool(call and call.answer and call.answer.end < before)


def grouped(things, key):
    found = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return dict(found)


def ended_at(row):
    """When the row stopped taking its seat."""
    if row["status"] == "cancelled":
        is_hold = row["expires_at"] and not row["booked_at"]
        return min(row["cancelled_at"], row["expires_at"]) if is_hold else row["cancelled_at"]
    return row["expires_at"] if row["status"] in ("held", "expired") else INFINITY


def seconds(text):
    """Of a time as the API sends it."""
    return datetime.fromisoformat(text).timestamp()
