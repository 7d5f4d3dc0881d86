"""Adding and changing cinemas, with their refund rules."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypedDict, Unpack

from audit.records import is_on_record, record
from core.db.transactions import atomic_with_retry
from core.errors import InUse, raises
from movies.locks import lock_cinema
from movies.models import Cinema, RefundTier
from movies.rules.halls import ensure_cinema_can_change
from movies.rules.refund_tiers import Tier, ensure_refund_tiers_fit
from movies.services.changes import with_changes


class CinemaFields(TypedDict, total=False):
    """Fields of a cinema."""

    name: str
    city: str
    address: str
    time_zone: str
    currency: str
    trailer_minutes: int


@atomic_with_retry
def add_cinema(*, refund_tiers: Collection[Tier] = (), **fields: Unpack[CinemaFields]) -> Cinema:
    """Save a new cinema with its refund rule. Raises InvalidInput for the tiers."""
    ensure_refund_tiers_fit(refund_tiers)
    cinema = Cinema.objects.create(**fields)
    _replace_refund_tiers(cinema, refund_tiers)
    return cinema


@raises(InUse)
@atomic_with_retry
def change_cinema(
    *,
    cinema: Cinema,
    changes: Mapping[str, object],
    refund_tiers: Collection[Tier] | None = None,
) -> Cinema:
    """Change fields of a cinema; with `refund_tiers`, replace its refund rule too.

    Raises InUse, or InvalidInput for the tiers. Locks the cinema.
    """
    before = lock_cinema(cinema.pk)
    changed = with_changes(before, changes)
    ensure_cinema_can_change(changed, before)
    changed.save()
    if refund_tiers is not None:
        ensure_refund_tiers_fit(refund_tiers)
        _replace_refund_tiers(changed, refund_tiers)
    return changed


@contextmanager
def refund_rule_on_record(cinema: Cinema) -> Iterator[None]:
    """Record how the refund rule of the cinema changes within the block."""
    before = _rule_of(cinema) if is_on_record() else None
    yield
    if before is not None and (after := _rule_of(cinema)) != before:
        record("change_refund_rule", cinema, before=before, after=after)


def _replace_refund_tiers(cinema: Cinema, tiers: Collection[Tier]) -> None:
    with refund_rule_on_record(cinema):
        cinema.refund_tiers.all().delete()
        RefundTier.objects.bulk_create(RefundTier(cinema=cinema, **tier) for tier in tiers)


def _rule_of(cinema: Cinema) -> dict[str, str]:
    tiers = RefundTier.objects.filter(cinema=cinema).order_by("-hours_before")
    return {f"{tier.hours_before} hours before": f"{tier.percent}%" for tier in tiers}
