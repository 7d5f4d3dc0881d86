"""Days by the clocks of cinemas, as conditions of queries."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from movies.models.halls import Cinema


def time_zones() -> list[str]:
    """Return the names of the time zones that have a cinema. One query."""
    return list(Cinema.objects.order_by().values_list("time_zone", flat=True).distinct())


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of the day in the time zone, in UTC. Raises OverflowError.

    If the clocks skip midnight, it is the moment at which they go forward.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def from_day_to_day(first: date, end: date, *, moment: str, cinema: str, zones: Iterable[str]) -> Q:
    """Return the condition that a moment is from the first day to before the end day.

    `moment` and `cinema` are paths of lookups from the rows of the query. Each row counts by the
    clocks of its own cinema. `zones` are all `time_zones()`. The condition starts with one range
    for all zones, so that an index on the moment is used.
    """
    spans = {
        name: (start_of(first, ZoneInfo(name)), start_of(end, ZoneInfo(name))) for name in zones
    }
    if not spans:
        return Q(pk__in=[])
    starts, ends = zip(*spans.values(), strict=True)
    bounds = Q(**{f"{moment}__gte": min(starts), f"{moment}__lt": max(ends)})
    if len(spans) == 1:
        return bounds
    in_zones = Q()
    for name, (start, stop) in spans.items():
        of_zone = {f"{cinema}__time_zone": name}
        in_zones |= Q(**of_zone, **{f"{moment}__gte": start, f"{moment}__lt": stop})
    return bounds & in_zones
