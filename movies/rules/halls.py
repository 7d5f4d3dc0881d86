"""What may change of a cinema or a screen that has shows.

`before` is the present row, read under its lock.
"""

from itertools import pairwise

from core.errors import InUse
from movies.errors import ShowsOverlap
from movies.models import Cinema, Screen, Show


def ensure_cinema_can_change(cinema: Cinema, before: Cinema) -> None:
    """Ensure that a cinema with shows keeps its time zone and its currency. Raises InUse."""
    is_moved = (cinema.time_zone, cinema.currency) != (before.time_zone, before.currency)
    if is_moved and Show.objects.filter(screen__cinema=cinema).exists():
        raise InUse("This cinema has shows, so its time zone and currency stay.")


def ensure_screen_can_change(screen: Screen, before: Screen) -> None:
    """Ensure that a screen with shows stays in its cinema, and that its turnaround fits.

    Raises InUse, or ShowsOverlap if two shows would be too close.
    """
    if screen.cinema_id != before.cinema_id and screen.shows.exists():
        raise InUse("This screen has shows, so it stays in its cinema.")
    if screen.turnaround <= before.turnaround:
        return
    shows = list(Show.objects.with_places().on().not_over().filter(screen=screen))
    for show, next_show in pairwise(shows):
        if show.ends_at + screen.turnaround > next_show.starts_at:
            raise ShowsOverlap(
                f"{next_show} starts less than {screen.turnaround_minutes} minutes after the show "
                "before it ends.",
                show=next_show.pk,
            )
