"""Whether what the clients were told and what is in the tables can both be true.

A row says when it began, was booked and ended, and which try did it: `request_id`,
`booked_request_id` and `end_request_id` are the X-Request-ID of tries. So the rows name an order in
which everything happened, one after the other, and nothing has to be searched: that order is held
against what each client was told, and when. Servers and clients read one clock.
"""

from torture.checks import answers, customers, effects, reads, refusals, rows, seats

CHECKS = [
    answers.wrong_statuses,
    answers.of_a_key,
    answers.effects_of_a_key,
    rows.unexplained,
    rows.ends,
    effects.acknowledged,
    effects.late,
    seats.taken_twice,
    seats.told_twice,
    seats.sold_after_cancelling,
    customers.wrong_orders,
    customers.over_the_limit,
    customers.held_too_long,
    customers.wrong_money,
    refusals.unfounded,
    reads.wrong_availability,
    reads.wrong_orders,
]


def check(facts):
    """All findings, as (kind, sentence)."""
    return [finding for find in CHECKS for finding in find(facts)]
