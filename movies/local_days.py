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


def from_day_to_day(
    first: date | None, end: date | None, *, moment: str, cinema: str, zones: Iterable[str]
) -> Q:
    """Return the condition that a moment is from the first day to before the end day.

    None is no bound. `moment` and `cinema` are paths of lookups from the rows of the query. Each
    row counts by the clocks of its own cinema. `zones` are all `time_zones()`. The condition starts
    with one range for all zones, so that an index on the moment is used.
    """
    lower, upper = f"{moment}__gte", f"{moment}__lt"
    days = {lookup: day for lookup, day in ((lower, first), (upper, end)) if day is not None}
    spans = {
        name: {lookup: start_of(day, ZoneInfo(name)) for lookup, day in days.items()}
        for name in zones
    }
    if not spans:
        return Q(pk__in=[])
    widest = {lower: min, upper: max}
    bounds = {lookup: widest[lookup](span[lookup] for span in spans.values()) for lookup in days}
    if len(spans) == 1:
        return Q(**bounds)
    in_zones = Q()
    for name, span in spans.items():
        in_zones |= Q(**{f"{cinema}__time_zone": name}, **span)
    return Q(**bounds) & in_zones
