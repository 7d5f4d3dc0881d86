"""Orders are whole, limits are kept, and the money adds up."""

from collections import Counter
from decimal import Decimal
from itertools import groupby

from torture.checks.facts import INFINITY, ended_at, grouped

# The rule is about minutes: what passes between two looks at the clock is not held against it.
GRACE = 1.0  # seconds


def wrong_orders(facts):
    for code, order in facts.order_of.items():
        rows = facts.rows_of_order.get(code, [])
        active = [row for row in rows if row["status"] != "cancelled"]
        if {row["status"] for row in active} != {order["status"]} - {"cancelled"}:
            found = Counter(row["status"] for row in rows)
            yield "statuses mixed", f"order {code} {order['status']}: {dict(found)}"
        if sum((row["price"] for row in active), Decimal(0)) != order["total"]:
            yield "total", f"order {code} {order['status']}: {order['total']}"
        if order["status"] == "held" and {r["expires_at"] for r in active} != {order["expires_at"]}:
            yield "ends differ", f"order {code}"
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
    """A seat without confirming, within twice the longest hold."""
    holds = [row for row in facts.bookings if row["order"] and row["booked_at"] is None]
    for key, rows in grouped(holds, lambda r: (*_show_and_customer(r), r["seat_number"])).items():
        spans = [(row["created_at"], ended_at(row)) for row in rows]
        for _, until in spans:
            since = until - 2 * facts.max_hold
            held = sum(max(0, min(to, until) - max(at, since)) for at, to in spans)
            if held > facts.max_hold + GRACE:
                yield "held for too long", f"{key}: {held:.3f} s until {until}"


def wrong_money(facts):
    """Prices as announced; no more comes back than came in by booking and by moving."""
    for code, order in facts.order_of.items():
        rows = facts.rows_of_order.get(code, [])
        paid = Decimal(0)
        for row in rows:
            price = facts.shows[row["show"]].prices[row["seat_number"], row["ticket_type__name"]]
            if row["price"] != price:
                yield "price", f"booking {row['id']}: {row['price']}, not {price}"
            if row["booked_at"] is None and row["refund"]:
                yield "refund of a hold", f"booking {row['id']}"
        for request_id, made in groupby(rows, key=lambda row: row["request_id"]):
            after = sum(row["price"] for row in made if row["booked_at"])
            ended = [row for row in facts.ended.get(request_id, ()) if row["order__code"] == code]
            before = sum(row["price"] for row in ended if row["booked_at"])
            paid += max(after - before, Decimal(0))
        back = sum(row["refund"] or 0 for row in rows)
        kept = sum(row["price"] for row in rows if row["status"] == "booked")
        if back + kept > paid:
            yield "money", f"order {code} {order['status']}: {back} back, {kept} kept, {paid} paid"
