"""Clock times of a cinema."""

from datetime import UTC

from django.core.exceptions import ValidationError


def in_zone(wall_clock, zone):
    """The moment at which the clocks of `zone` show this naive date and time.

    The moment is in UTC, where adding a duration means what it says. Where clocks go back and the
    time comes twice, the first is meant. Raises ValidationError for a time that is skipped when
    clocks go forward, and at the ends of the calendar.
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
