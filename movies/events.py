"""The events of shows: show.created, show.rescheduled and show.cancelled."""

from collections.abc import Iterable
from typing import Any

from movies.models import Show
from outbox.events import NewEvent, record_events


def record_new_shows(shows: Iterable[Show]) -> None:
    """Record that these shows were created. One statement."""
    record_events([_event("created", show) for show in shows])


def record_change(show: Show, before: Show, *, orders: int = 0) -> None:
    """Record another start or screen of a show; nothing else of a show is an event.

    `orders` is how many customers it concerns.
    """
    if (show.starts_at, show.screen_id) != (before.starts_at, before.screen_id):
        was = {"starts_at": before.starts_at, "ends_at": before.ends_at, "screen": before.screen_id}
        record_events([_event("rescheduled", show, before=was, orders=orders)])


def record_cancelled(show: Show) -> None:
    """Record that a show will not take place. Its orders have events of their own."""
    record_events([_event("cancelled", show)])


def _event(what: str, show: Show, **change: Any) -> NewEvent:
    body = {
        "show": show.pk,
        "status": "cancelled" if show.is_cancelled else "scheduled",
        "movie": show.movie_id,
        "screen": show.screen_id,
        "starts_at": show.starts_at,
        "ends_at": show.ends_at,
        "full_refund_until": show.full_refund_until,
        **change,
    }
    return NewEvent(f"show.{what}", f"show:{show.pk}", body)
