"""What stays of a show while orders of it are held or booked.

`before` is the present row, read under its lock. Sales lock the same row, so no order is made
between the check and the change.
"""

from collections.abc import Iterable
from datetime import datetime

from core.errors import InvalidInput
from movies.errors import ShowCancelled, ShowOver, ShowSold
from movies.models import Show
from movies.occupancy import LiveOrders


def ensure_same_film_and_cinema(show: Show, before: Show, orders: LiveOrders) -> None:
    """Ensure that a sold show keeps movie and cinema, and thereby currency. Raises ShowSold."""
    if not orders.total:
        return  # without a query for the screens
    is_other_cinema = (
        show.screen_id != before.screen_id and show.screen.cinema_id != before.screen.cinema_id
    )
    _ensure_kept(
        orders,
        [
            ("movie", "movie", show.movie_id != before.movie_id),
            ("screen", "cinema", is_other_cinema),
        ],
        "cannot change. Cancel the show and schedule another one.",
    )


def ensure_same_time_and_screen(show: Show, before: Show, orders: LiveOrders) -> None:
    """Ensure that a sold show keeps start and screen, as only rescheduling changes them.

    Raises ShowSold.
    """
    _ensure_kept(
        orders,
        [
            ("starts_at", "start", show.starts_at != before.starts_at),
            ("screen", "screen", show.screen_id != before.screen_id),
        ],
        f"can only change by rescheduling: POST /api/shows/{show.pk}/reschedule/, or Reschedule on "
        "its page in the admin.",
    )


def _ensure_kept(
    orders: LiveOrders, facts: Iterable[tuple[str, str, bool]], sentence_end: str
) -> None:
    """Raise ShowSold if there are orders and a fact (field, word, whether it changes) changes."""
    changed = [(field, word) for field, word, is_changed in facts if is_changed]
    if orders.total and changed:
        words = " and ".join(word for _, word in changed)
        raise ShowSold(
            f"The show has {orders}, so its {words} {sentence_end}",
            fields=[field for field, _ in changed],
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
