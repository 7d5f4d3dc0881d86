"""A sale has the prices of its moment, and the total that its customer was told.

Staff change all prices at once, again and again, one change after the other.
"""

from decimal import Decimal
from itertools import pairwise

from torture.checks.facts import INFINITY, asked_seats, grouped

EXPECTING = ("book", "hold", "move")


def wrong_prices(facts):
    """The seats of one sale have the prices of one change, and it was in force under the lock."""
    locked_after = _earliest_locks(facts)
    for request_id, rows in facts.created.items():
        t = facts.try_of.get(request_id)
        sold = [row for row in rows if row["order"]]
        if not t or not sold:
            continue
        start = max(t.start, locked_after[request_id])
        end = t.end if t.status else INFINITY
        if _is_priced_by(facts, sold, facts.prices.amounts_between(start, end)):
            continue
        prices = [(row["id"], row["price"]) for row in sold]
        if _is_priced_by(facts, sold, [change.amounts for change in facts.prices.changes]):
            yield "outdated price", f"{t.id}: {prices} were not the prices from {start} to {end}"
        else:
            yield "wrong price", f"{t.id}: {prices} are of no price list"


def _is_priced_by(facts, rows, price_lists):
    def price(row, amounts):
        show = facts.shows[row["show"]]
        return show.price_of(row["seat_number"], row["ticket_type__name"], amounts)

    return any(all(row["price"] == price(row, each) for row in rows) for each in price_lists)


def _earliest_locks(facts):
    """Return {try: a time after which it got the lock of the show}.

    The sale before it had the lock until its commit, which was after the time in its rows.
    """
    earliest: dict[str, float] = {}
    for rows in grouped(facts.bookings, lambda row: row["show"]).values():
        sales = sorted({(row["created_at"], row["request_id"]) for row in rows})
        for (before, _), (_, request_id) in pairwise(sales):
            earliest[request_id] = before
        earliest.setdefault(sales[0][1], -INFINITY)
    return earliest


def other_totals(facts):
    """What was answered costs as much as the customer expected."""
    for call in facts.writes:
        expected = call.body.get("expected_total")
        if call.op in EXPECTING and expected and call.has_succeeded:
            data = call.answer.data
            total = data["price"] if call.op == "book" else data["total"]
            if Decimal(total) != Decimal(expected):
                yield "another total than expected", f"{call.op} {call.id}: {total}, not {expected}"


def problem_of_refusal(facts, call, t):
    """Return what is wrong with a 409 price_changed, or None: the seats did cost another total."""
    expected, total = Decimal(t.data["expected_total"]), Decimal(t.data["total"])
    if expected != Decimal(call.body.get("expected_total", "-1")) or expected == total:
        return f"{call.body.get('expected_total')} was sent, answered {t.data}"
    seats = asked_seats(call.body)
    if not seats or call.op == "move":  # other seats, or other ticket types than the default
        return None
    show = facts.shows[call.show]
    totals = {
        show.total_of(seats, amounts) for amounts in facts.prices.amounts_between(t.start, t.end)
    }
    return None if total in totals else f"answered {total}, the seats cost {totals}"
