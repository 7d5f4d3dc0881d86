"""Changing screens."""

from collections.abc import Mapping

from core.db.transactions import atomic_with_retry
from core.errors import InUse, raises
from movies.errors import ShowsOverlap
from movies.locks import lock_screen
from movies.models import Screen
from movies.rules.halls import ensure_screen_can_change
from movies.services.changes import with_changes


@raises(InUse, ShowsOverlap)
@atomic_with_retry
def change_screen(*, screen: Screen, changes: Mapping[str, object]) -> Screen:
    """Change fields of a screen. Raises InUse or ShowsOverlap. Locks the screen."""
    before = lock_screen(screen.pk)
    changed = with_changes(before, changes)
    ensure_screen_can_change(changed, before)
    changed.save()
    return changed
