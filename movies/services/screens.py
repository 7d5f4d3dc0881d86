"""Changing screens."""

from itertools import pairwise

from core.db.transactions import atomic_with_retry
from core.errors import InUse, raises
from movies.errors import ShowsOverlap
from movies.models import Screen, Show
from movies.services.changes import with_changes


@raises(InUse, ShowsOverlap)
@atomic_with_retry
def change_screen(*, screen, changes):
    """Change fields of a screen. Raises what `check_screen` raises; locks the screen."""
    before = Screen.objects.select_for_update(no_key=True).get(pk=screen.pk)
    screen = with_changes(before, changes)
    check_screen(screen, before)
    screen.save()
    return screen


def check_screen(screen, before):
    """A screen with shows stays in its cinema, and its turnaround fits between shows to come.

    Raises InUse or ShowsOverlap. `before` is its row, read under its lock.
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
