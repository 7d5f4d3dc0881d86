"""Writes to the programme that have rules."""

from datetime import timedelta

from rest_framework.exceptions import ValidationError

from config.transactions import in_one_transaction
from movies.errors import SeatsSold, ShowsOverlap
from movies.models import Screen, Show


@in_one_transaction
def put_on_show(*, show):
    """Save a new show, or raise ShowsOverlap or ValidationError. Locks the screen."""
    prepare_show(show)
    show.save()
    return show


@in_one_transaction
def change_show(*, show, changes):
    """Change fields of a show. Raises as `prepare_show` does; locks the show, then its screen."""
    show = Show.objects.locked().get(pk=show.pk)
    length = show.ends_at - show.starts_at
    for field, value in changes.items():
        setattr(show, field, value)
    if "ends_at" not in changes:
        show.ends_at = None if "movie" in changes else show.starts_at + length
    prepare_show(show)
    show.save()
    return show


def prepare_show(show):
    """Lock the show and its screen, fill in `ends_at`, and check the rules before it is saved.

    Must run in the transaction that saves it. Two shows never overlap on one screen: whoever
    puts on the second waits for the lock on the screen, and then sees the first.

    Raises ShowsOverlap, SeatsSold, or ValidationError where the times do not fit each other.
    """
    before = Show.objects.locked().get(pk=show.pk) if show.pk else None
    show.screen = (
        Screen.objects.select_for_update(no_key=True, of=("self",))
        .select_related("cinema")
        .get(pk=show.screen_id)
    )
    if show.ends_at is None:
        show.ends_at = show.starts_at + timedelta(minutes=show.movie.duration_minutes)
    if show.ends_at <= show.starts_at:
        raise ValidationError({"ends_at": "A show ends after it starts."})
    if show.sales_open_at and show.sales_close_at and show.sales_close_at <= show.sales_open_at:
        raise ValidationError({"sales_close_at": "Sales close after they open."})
    if before is None or _hall_time(before) != _hall_time(show):
        _check_hall_is_free(show)
    if before is not None:
        _check_seats_stay(show)


def _hall_time(show):
    return show.screen_id, show.starts_at, show.ends_at


def _check_hall_is_free(show):
    other = Show.objects.with_places().overlapping(show).first()
    if other is not None:
        raise ShowsOverlap(
            f"{show.screen} is taken by {other.movie.title} from "
            f"{other.local(other.starts_at):%Y-%m-%d %H:%M} to "
            f"{other.local(other.ends_at):%H:%M}, and needs {show.screen.turnaround_minutes} "
            "minutes between two shows.",
            show=other.pk,
        )


def _check_seats_stay(show):
    lost = [
        booking.seat_number
        for booking in show.bookings.active()
        if not show.has_seat(booking.seat_number)
    ]
    if lost:
        raise SeatsSold(
            f"{show.total_seats} seats are too few: {len(lost)} beyond that are sold, "
            f"such as seat {lost[0]}."
        )
