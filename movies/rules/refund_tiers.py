"""Which refund tiers a cinema may have."""

from collections.abc import Collection
from itertools import pairwise
from operator import itemgetter
from typing import TypedDict

from core.errors import InvalidInput
from movies.limits import MAX_REFUND_TIERS


class Tier(TypedDict):
    """A refund tier: see `movies.models.RefundTier`."""

    hours_before: int
    percent: int


def ensure_refund_tiers_fit(tiers: Collection[Tier]) -> None:
    """Ensure at most MAX_REFUND_TIERS tiers, one per time, with falling percentages.

    Raises InvalidInput.
    """
    if len(tiers) > MAX_REFUND_TIERS:
        raise InvalidInput.of(
            "refund_tiers", f"A refund rule has at most {MAX_REFUND_TIERS} tiers."
        )
    in_time = sorted(tiers, key=itemgetter("hours_before"), reverse=True)
    for tier, later in pairwise(in_time):
        if later["hours_before"] == tier["hours_before"]:
            raise InvalidInput.of(
                "refund_tiers", f"There are two tiers of {tier['hours_before']} hours.", "unique"
            )
        if later["percent"] > tier["percent"]:
            raise InvalidInput.of(
                "refund_tiers",
                f"{later['percent']}% until {later['hours_before']} hours "
                f"before the start is more than {tier['percent']}% until "
                f"{tier['hours_before']} hours: the refund must not grow as the show comes nearer.",
            )
