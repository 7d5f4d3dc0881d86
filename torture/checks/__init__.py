"""Checks whether all answers and all rows can be true together.

A row says when it was created, booked and ended, and by which try: `request_id`,
`booked_request_id` and `end_request_id` are the X-Request-ID of tries. So the rows give one order
of events, and no search for a possible order is needed. The checks compare it with every answer and
its times. Servers and clients read one clock.

A check is a generator of findings: (kind, sentence).
"""

from torture.checks import (
    answers,
    customers,
    effects,
    payments,
    prices,
    reads,
    refunds,
    refusals,
    rescheduling,
    rows,
    seats,
)

CHECKS = [
    answers.unexpected_statuses,
    answers.different_answers_to_a_key,
    answers.effects_of_a_key,
    rows.unrequested_changes,
    rows.wrong_endings,
    effects.lost_writes,
    effects.use_of_expired_holds,
    seats.taken_twice,
    seats.promised_twice,
    seats.sold_after_cancelling,
    customers.inconsistent_orders,
    customers.over_the_limit,
    customers.held_too_long,
    customers.wrong_amounts,
    payments.used_twice,
    prices.wrong_prices,
    prices.other_totals,
    rescheduling.unrequested,
    rescheduling.gaps_in_the_record,
    rescheduling.overlapping_shows,
    rescheduling.lost_seats,
    rescheduling.sold_shows_replaced,
    refunds.wrong_refunds,
    refusals.unfounded,
    reads.wrong_availability,
    reads.wrong_orders,
]


def check(facts):
    """Return all findings."""
    return [finding for find in CHECKS for finding in find(facts)]
