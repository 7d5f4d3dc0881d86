"""Adding and changing cinemas, with their refund rules."""

from itertools import pairwise
from operator import itemgetter

from core.db.transactions import atomic_with_retry
from core.errors import InUse, InvalidInput, raises
from movies.models import Cinema, RefundTier, Show
from movies.services.changes import with_changes


@atomic_with_retry
def add_cinema(*, refund_tiers=(), **fields):
    """Save a new cinema with its refund rule. Raises what `check_refund_tiers` raises."""
    check_refund_tiers(refund_tiers)
    cinema = Cinema.objects.create(**fields)
    _set_refund_tiers(cinema, refund_tiers)
    return cinema


@raises(InUse)
@atomic_with_retry
def change_cinema(*, cinema, changes):
    """Change fields of a cinema, and its refund rule where `changes` has `refund_tiers`.

    Raises what `check_cinema` and `check_refund_tiers` raise; locks the cinema.
    """
    before = Cinema.objects.select_for_update(no_key=True).get(pk=cinema.pk)
    fields = {name: value for name, value in changes.items() if name != "refund_tiers"}
    cinema = with_changes(before, fields)
    check_cinema(cinema, before)
    cinema.save()
    if "refund_tiers" in changes:
        check_refund_tiers(changes["refund_tiers"])
        _set_refund_tiers(cinema, changes["refund_tiers"])
    return cinema


def check_cinema(cinema, before):
    """Time zone and currency of a cinema stay once it has shows: they are sold in them.

    Raises InUse. `before` is its row, read under its lock.
    """
    is_moved = (cinema.time_zone, cinema.currency) != (before.time_zone, before.currency)
    if is_moved and Show.objects.filter(screen__cinema=cinema).exists():
        raise InUse("This cinema has shows, so its time zone and currency stay.")


def check_refund_tiers(tiers):
    """At most so many tiers, one a time, and no more comes back as the show comes nearer.

    `tiers` are the tiers of one cinema, dicts with hours_before and percent. Raises
    InvalidInput.
    """
    if len(tiers) > RefundTier.MOST:
        raise InvalidInput.of("refund_tiers", f"A refund rule has at most {RefundTier.MOST} tiers.")
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
                f"{tier['hours_before']} hours: no more may come back as the show comes nearer.",
            )


def _set_refund_tiers(cinema, tiers):
    cinema.refund_tiers.all().delete()
    RefundTier.objects.bulk_create(RefundTier(cinema=cinema, **tier) for tier in tiers)
