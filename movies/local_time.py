"""Clock times of a cinema."""

from datetime import UTC

from django.core.exceptions import ValidationError


def in_zone(wall_clock, zone):
    """The moment at which the clocks of `zone` show this naive date and time.

    Where clocks go back and the time comes twice, the first is meant. Raises ValidationError for
    a time that is skipped when clocks go forward.
    """
    moment = wall_clock.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall_clock:
        raise ValidationError(
            f"There is no {wall_clock:%H:%M} on {wall_clock:%Y-%m-%d} in {zone}: "
            "the clocks go forward then.",
            code="no_such_time",
        )
    return moment
