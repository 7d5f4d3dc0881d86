"""The history and the rows, indexed for the checks."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

INFINITY = float("inf")
ACTIVE = {"held", "booked", "blocked"}


# Amounts by (category, ticket type).
Amounts = dict[tuple[str, str], Decimal]


class Placing(NamedTuple):
    """Where and when a show is; times are seconds since 1970."""

    screen: int
    starts_at: float
    ends_at: float


@dataclass
class ShowFacts:
    """A show. It may be rescheduled, so `category_of` and `pairs` have the seats of all halls."""

    id: int
    movie: int
    category_of: dict[str, str]  # {seat: category}
    sizes: set[int]  # the numbers of seats of its halls
    pairs: list[tuple[str, str]]
    ticket_types: list[str]  # the default first; none: the show is free
    screens: list[int]  # that it may be rescheduled to
    at_first: Placing

    @property
    def seats(self) -> list[str]:
        return list(self.category_of)

    def price_of(self, seat: str, ticket_type: str | None, amounts: Amounts) -> Decimal:
        if not self.ticket_types:
            return Decimal(0)
        return amounts[self.category_of[seat], ticket_type or self.ticket_types[0]]

    def total_of(self, seats: Iterable[tuple[str, str | None]], amounts: Amounts) -> Decimal:
        return sum((self.price_of(*seat, amounts) for seat in seats), Decimal(0))


class PriceChange(NamedTuple):
    """A change of all prices. Once it is `done`, each sale has its prices, or later ones."""

    amounts: Amounts
    began: float
    done: float
    may_be_late: bool  # a try without an answer may act after later changes


class PriceHistory:
    """The prices at the start and all changes, which staff made one after the other."""

    def __init__(self, first: Amounts, calls):
        self.changes = [PriceChange(first, -INFINITY, -INFINITY, False)]
        for call in sorted(calls, key=lambda call: call.tries[0].start):
            if call.may_have_succeeded:
                self.changes.append(_price_change(call))
        self.late = [change for change in self.changes if change.may_be_late]

    def amounts_between(self, start: float, end: float) -> list[Amounts]:
        """Return the prices that may have been in force at some time between these."""
        began = bisect_right(self.changes, end, key=lambda change: change.began)
        found = []
        for index in reversed(range(began)):
            found.append(self.changes[index].amounts)
            if self.changes[index].done < start:
                break
        return found + [change.amounts for change in self.late if change.began <= end]


def _price_change(call):
    amounts = {
        (price["category"], price["ticket_type"]): Decimal(price["amount"])
        for price in call.body["prices"]
    }
    done = call.answer.end if call.has_succeeded else INFINITY
    may_be_late = any(t.is_unknown for t in call.tries)
    return PriceChange(amounts, call.tries[0].start, done, may_be_late)


class Facts:
    """Indexes of the calls and of the rows that `world.read_rows()` returns.

    `prices` are the amounts at the start, `plans` the seats of each seating plan, and
    `refund_tiers` {hours before the start: percent} of each cinema.
    `slack` is by how many seconds two times may be wrong: rounding, and changes of the clock.
    """

    def __init__(
        self, history, rows, shows, *, prices, plans, refund_tiers, max_seats, max_hold, is_calm
    ):
        self.calls = history.calls
        self.slack = 1e-5 + history.clock_step
        self.max_seats, self.max_hold, self.is_calm = max_seats, max_hold, is_calm
        self.plans, self.refund_tiers = plans, refund_tiers
        self.bookings, self.orders = rows["bookings"], rows["orders"]
        self.changes = rows["changes"]  # of shows
        self.show_rows = {row["id"]: row for row in rows["shows"]}
        self.screens = {row["id"]: row for row in rows["screens"]}
        self.shows = {show.id: show for show in shows}
        self.writes = [call for call in self.calls if call.is_write]
        self.call_of = {t.id: call for call in self.calls for t in call.tries}
        self.try_of = {t.id: t for call in self.calls for t in call.tries}
        changes = [call for call in self.calls if call.op == "change_prices"]
        self.prices = PriceHistory(prices, changes)
        edits = [c for c in self.calls if c.op == "change_show" and c.may_have_succeeded]
        self.changes_without_record = grouped(edits, lambda call: call.show)
        with_payment = [call for call in self.calls if call.body.get("payment_reference")]
        self.calls_of_payment = grouped(with_payment, lambda c: c.body["payment_reference"])
        self.calls_on_order = grouped(self.calls, lambda call: call.order)
        self.rows_of_seat = grouped(self.bookings, lambda row: (row["show"], row["seat_number"]))
        self.rows_of_order = grouped(self.bookings, lambda row: row["order__code"])
        self.order_of = {order["code"]: order for order in self.orders}
        self.booking_of = {row["number"]: row for row in self.bookings}
        self.record_of = {(row["user"], row["key"]): row for row in rows["records"]}
        self.cancelled_at = {row["id"]: row["cancelled_at"] for row in rows["shows"]}
        # Rows by the id of the try that created, booked or cancelled them.
        booked = [row for row in self.bookings if row["booked_at"]]
        cancelled = [row for row in self.bookings if row["status"] == "cancelled"]
        self.created = grouped(self.bookings, lambda row: row["request_id"])
        self.booked = grouped(booked, lambda row: row["booked_request_id"])
        self.cancelled = grouped(cancelled, lambda row: row["end_request_id"])
        self.changed = grouped(self.changes, lambda row: row["request_id"])

    def changed_rows(self, t):
        """Return whether a row names this try. An extension leaves no such trace."""
        traces = (self.created, self.booked, self.cancelled, self.changed)
        return any(t.id in trace for trace in traces)

    def cancelled_by(self, call):
        return [row for t in call.tries for row in self.cancelled.get(t.id, ())]

    def created_by(self, call):
        return [row for t in call.tries for row in self.created.get(t.id, ())]

    def changes_by(self, call):
        return [row for t in call.tries for row in self.changed.get(t.id, ())]

    def cinema_of(self, screen):
        return self.screens[screen]["cinema"]

    def surely_taken(self, row, start, end):
        """Return whether the seat of this row was taken from start to end, as all could know."""
        was_created = self.was_acknowledged(row, "request_id", before=start)
        return was_created and ended_at(row) > end + self.slack

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


def placing(data):
    """Return the Placing of a show in the JSON of the API or of a ShowChange."""
    return Placing(data["screen"], seconds(data["starts_at"]), seconds(data["ends_at"]))


def asked_seats(body):
    """Return [(seat, ticket type or None)] of the seats that a request names."""
    if "seat_number" in body:
        return [(body["seat_number"], body.get("ticket_type"))]
    if "seats" in body:
        return [(seat["seat_number"], seat["ticket_type"]) for seat in body["seats"]]
    return [(seat, None) for seat in body.get("seat_numbers", ())]
