"""Times in the admin: in the time zone of the show's cinema."""

from datetime import datetime

from movies.models import Show


def local_time(show: Show, moment: datetime | None) -> str:
    """Return such as "Fri 27 Nov 2026 20:15:00", or a dash for None."""
    return f"{show.local(moment):%a %d %b %Y %H:%M:%S}" if moment else "-"
