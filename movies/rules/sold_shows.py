"""What stays of a show while orders of it are held or booked.

`before` is the present row, read under its lock. Sales lock the same row, so no order is made
between the check and the change.
"""

from datetime import datetime

from core.errors import InvalidInput
from movies.errors import ShowCancelled, ShowOver, ShowSold
from movies.models import Show
from movies.occupancy import LiveOrders


def ensure_same_film_and_cinema(show: Show, before: Show, orders: LiveOrders) -> None:
    """Ensure that a sold show keeps movie and cinema, and thereby currency. Raises ShowSold."""
    if not orders.total:
        return
    frozen = {
        "movie": show.movie_id != before.movie_id,
        "screen": show.screen_id != before.screen_id
        and show.screen.cinema_id != before.screen.cinema_id,
    }
    fields = [name for name, is_changed in frozen.items() if is_changed]
    if fields:
        names = " and ".join({"movie": "movie", "screen": "cinema"}[name] for name in fields)
        raise ShowSold(
            f"The show has {orders}, so its {names} cannot change. Cancel the show and schedule "
            "another one.",
            fields=fields,
            orders=orders.total,
        )


def ensure_same_time_and_screen(show: Show, before: Show, orders: LiveOrders) -> None:
    """Ensure that a sold show keeps start and screen, as only rescheduling changes them.

    Raises ShowSold.
    """
    changed = {
        "starts_at": show.starts_at != before.starts_at,
        "screen": show.screen_id != before.screen_id,
    }
    fields = [name for name, is_changed in changed.items() if is_changed]
    if orders.total and fields:
        names = " and ".join({"starts_at": "start", "screen": "screen"}[name] for name in fields)
        raise ShowSold(
            f"The show has {orders}, so its {names} can only change by rescheduling: "
            f"POST /api/shows/{show.pk}/reschedule/, or Reschedule on its page in the admin.",
            fields=fields,
            orders=orders.total,
        )


def ensure_can_reschedule(show: Show, before: Show, now: datetime) -> None:
    """Ensure that the show is still to come, and moves to a time to come.

    Raises ShowCancelled, ShowOver or InvalidInput.
    """
    if before.is_cancelled:
        raise ShowCancelled
    if before.ends_at <= now:
        raise ShowOver
    is_moved = show.starts_at != before.starts_at
    if not is_moved and show.screen_id == before.screen_id:
        raise InvalidInput.of(None, "Give another start or another screen: these are the present.")
    if is_moved and show.starts_at <= now:
        raise InvalidInput.of("starts_at", "A show cannot be moved into the past.")
