"""Times on the clocks of a cinema."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


def in_zone(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clocks of `zone` show this naive date and time.

    In UTC a duration can be added safely. If the clocks go back and the time occurs twice, the
    first one is returned, or the second one where `wall_clock.fold` is 1. Raises ValidationError if
    the clocks skip the time, and at the ends of the calendar.
    """
    try:
        moment = wall_clock.replace(tzinfo=zone).astimezone(UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise ValidationError("This is no time for a show.", code="no_such_time") from None
    if shown != wall_clock:
        raise ValidationError(
            f"There is no {wall_clock:%H:%M} on {wall_clock:%Y-%m-%d} in {zone}: "
            "the clocks go forward then.",
            code="no_such_time",
        )
    return moment
