"""Orders are consistent, limits are kept, and the amounts are right."""

from collections import Counter
from decimal import Decimal
from itertools import groupby

from torture.checks.facts import INFINITY, ended_at, grouped

# The rule counts minutes, so the time between two readings of the clock is not a violation.
GRACE = 1.0  # seconds


def inconsistent_orders(facts):
    for code, order in facts.order_of.items():
        rows = facts.rows_of_order.get(code, [])
        active = [row for row in rows if row["status"] != "cancelled"]
        if {row["status"] for row in active} != {order["status"]} - {"cancelled"}:
            found = Counter(row["status"] for row in rows)
            yield "mixed statuses", f"order {code} {order['status']}: {dict(found)}"
        if sum((row["price"] for row in active), Decimal(0)) != order["total"]:
            yield "wrong total", f"order {code} {order['status']}: {order['total']}"
        if order["status"] == "held" and {r["expires_at"] for r in active} != {order["expires_at"]}:
            yield "expiry differs", f"order {code}"
        if {row["show"] for row in active} - {order["show"]}:
            yield "bookings of another show", f"order {code}"
        seats = {row["seat_number"] for row in active}
        for pair in facts.shows[order["show"]].pairs:
            if len(seats.intersection(pair)) == 1:
                yield "half a pair", f"order {code}: {seats} {pair}"


def over_the_limit(facts):
    of_customers = [row for row in facts.bookings if row["order"]]
    for (show, customer), rows in grouped(of_customers, _show_and_customer).items():
        changes = [(row["created_at"], 1) for row in rows]
        changes += [(ended_at(row), -1) for row in rows if ended_at(row) < INFINITY]
        count = 0
        for moment, change in sorted(changes):
            count += change
            if count > facts.max_seats:
                yield "seat limit", f"customer {customer} show {show}: {count} at {moment}"


def _show_and_customer(row):
    return row["show"], row["order__customer"]


def held_too_long(facts):
    """Within twice the longest hold, a customer may hold a seat only so long without confirming."""
    holds = [row for row in facts.bookings if row["order"] and row["booked_at"] is None]
    for key, rows in grouped(holds, lambda r: (*_show_and_customer(r), r["seat_number"])).items():
        spans = [(row["created_at"], ended_at(row)) for row in rows]
        for _, until in spans:
            since = until - 2 * facts.max_hold
            held = sum(max(0, min(to, until) - max(at, since)) for at, to in spans)
            if held > facts.max_hold + GRACE:
                yield "held for too long", f"{key}: {held:.3f} s until {until}"


def wrong_amounts(facts):
    """Refunds and the prices of what is kept do not exceed what was paid.

    A booking pays the prices. A move pays the difference if the new seats cost more.
    """
    for code, order in facts.order_of.items():
        rows = facts.rows_of_order.get(code, [])
        paid = Decimal(0)
        for row in rows:
            if row["booked_at"] is None and row["refund"]:
                yield "refund of a hold", f"booking {row['id']}"
        for request_id, created in groupby(rows, key=lambda row: row["request_id"]):
            after = sum(row["price"] for row in created if row["booked_at"])
            replaced = facts.cancelled.get(request_id, ())
            replaced = [row for row in replaced if row["order__code"] == code]
            before = sum(row["price"] for row in replaced if row["booked_at"])
            paid += max(after - before, Decimal(0))
        refunded = sum(row["refund"] or 0 for row in rows)
        kept = sum(row["price"] for row in rows if row["status"] == "booked")
        if refunded + kept > paid:
            amounts = f"{refunded} refunded, {kept} kept, {paid} paid"
            yield "refunded too much", f"order {code} {order['status']}: {amounts}"
