"""Refunds are those of the refund rule at the moment of the cancellation.

Cancelling and rescheduling lock the show, so the times in their rows are in the order of the locks.
The rule is computed here once more, so that a fault of the service's own computation is found.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import NamedTuple

from torture.checks.facts import INFINITY, Placing, grouped, placing


class Rule(NamedTuple):
    """A refund that is possible: so many percent, or in full, whatever an earlier move limits."""

    percent: int
    is_full: bool = False

    def refund_of(self, row) -> Decimal:
        limit = row["refund_limit"]
        if self.is_full or limit is None:
            return _share(row["price"], self.percent)
        return min(_share(row["price"], self.percent), limit)


FULL = Rule(100, is_full=True)


def wrong_refunds(facts):
    """Each cancelled seat that was paid has the refund of the cinema's rule, its show's start too.

    Who booked before a show was rescheduled gets the full price until the new start.
    """
    changes_of = grouped(facts.changes, lambda row: row["show"])
    for request_id, cancelled in facts.cancelled.items():
        call, t = facts.call_of.get(request_id), facts.try_of.get(request_id)
        if call is None:
            continue
        paid = [row for row in cancelled if row["booked_at"]]
        for code, rows in grouped(paid, lambda row: row["order__code"]).items():
            if call.op == "cancel_show":
                rules = {FULL}
            else:
                until = _latest_bill(call, t, rows[0]["cancelled_at"])
                rules = set(_rules(facts, rows, changes_of.get(rows[0]["show"], ()), until))
            if call.op == "move":
                created = facts.created.get(request_id, ())
                new = [row for row in created if row["order__code"] == code]
                is_right = any(_bills_move(rule, rows, new) for rule in rules)
            else:
                is_right = any(_refunds(rule, rows) for rule in rules)
            if not is_right:
                amounts = [f"{row['refund']} of {row['price']}" for row in rows]
                yield "wrong refund", f"{call.op} {t.id}: {amounts}, possible: {sorted(rules)}"


def _latest_bill(call, t, cancelled_at):
    """Return until when the refund may have been computed; that of a move is after its `now`."""
    if call.op != "move":
        return cancelled_at
    return t.end if t.status else INFINITY


def _rules(facts, rows, changes, until) -> Iterator[Rule]:
    """Yield the rules that may have applied to these bookings, which one request cancelled."""
    start, end = rows[0]["cancelled_at"] - facts.slack, until + facts.slack
    show_cancelled_at = facts.cancelled_at[rows[0]["show"]] or INFINITY
    if show_cancelled_at <= end:
        yield FULL
        if show_cancelled_at < start:
            return
    newest = max(row["created_at"] for row in rows)
    for place, made_at in _states(facts, rows[0]["show"], changes, start, start + 2 * facts.slack):
        if newest <= made_at + facts.slack and start < place.starts_at:
            yield FULL
        if newest > made_at - facts.slack or end >= place.starts_at:
            for tiers in _tiers(facts, rows[0]["show"], place.screen, before=end):
                yield from _by_tiers(tiers, place.starts_at, start, end)


def _states(facts, show, changes, start, end) -> Iterator[tuple[Placing, float]]:
    """Yield where and when the show was between these times, and since when."""
    states = [(facts.shows[show].at_first, -INFINITY)]
    states += [(placing(change["after"]), change["made_at"]) for change in changes]
    for (place, since), (_, until) in pairwise([*states, (None, INFINITY)]):
        if since <= end and until >= start:
            yield place, since


def _tiers(facts, show, screen, before):
    """Return the refund tiers that a show may have. No record says when an unsold one moved."""
    asked = [
        call.body["screen"]
        for call in facts.changes_without_record.get(show, ())
        if "screen" in call.body and call.tries[0].start < before
    ]
    return [facts.refund_tiers[facts.cinema_of(each)] for each in {screen, *asked}]


def _by_tiers(tiers, starts_at, start, end) -> Iterator[Rule]:
    """Yield the rules of {hours before the start: percent} in force between these times.

    A cinema without tiers refunds everything until the start.
    """
    borders = sorted((starts_at - hours * 3600, percent) for hours, percent in tiers.items())
    borders = borders or [(starts_at, 100)]
    for moment in {start, end, *(border for border, _ in borders if start < border < end)}:
        ahead = [percent for border, percent in borders if moment <= border]
        yield Rule(ahead[0] if ahead and moment < starts_at else 0)


def _refunds(rule, rows):
    return all(row["refund"] == rule.refund_of(row) for row in rows)


def _bills_move(rule, old, new):
    """Return whether the rule gives these refunds of the old seats and limits of the new ones.

    Cheaper seats refund a share of the difference, and at most what cancelling would. What is left
    of that, and what was paid in addition, limits the refund of the new seats.
    """
    difference = _sum(new, "price") - _sum(old, "price")
    refundable = sum(map(rule.refund_of, old), Decimal(0))
    refund = min(_share(max(-difference, Decimal(0)), rule.percent), refundable)
    left = refundable - refund + max(difference, Decimal(0))
    if refund != _sum(old, "refund"):
        return False
    if left >= _sum(new, "price"):
        return all(row["refund_limit"] is None for row in new)
    return all(row["refund_limit"] is not None for row in new) and left == _sum(new, "refund_limit")


def _sum(rows, column):
    return sum((row[column] for row in rows), Decimal(0))


def _share(price, percent):
    return (price * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
