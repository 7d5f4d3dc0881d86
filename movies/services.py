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
    for field, value in changes.items():
        setattr(show, field, value)
    if "starts_at" in changes and "ends_at" not in changes:
        show.ends_at = None
    prepare_show(show)
    show.save()
    return show


def prepare_show(show):
    """Lock the screen, fill in `ends_at`, and check the rules of a show about to be saved.

    Must run in the transaction that saves it, and after the lock on a show that is not new. Two
    shows never overlap on one screen: whoever puts on the second waits for the lock on the
    screen, and then sees the first.

    Raises ShowsOverlap, SeatsSold, or ValidationError where the times do not fit each other.
    """
    show.screen = (
        Screen.objects.select_for_update(no_key=True, of=("self",))
        .select_related("cinema")
        .get(pk=show.screen_id)
    )
    if show.ends_at is None:
        show.ends_at = show.starts_at + timedelta(minutes=show.movie.duration_minutes)
    if show.ends_at <= show.starts_at:
        raise ValidationError({"ends_at": "A show ends after it starts."})
    other = Show.objects.with_places().overlapping(show).first()
    if other is not None:
        raise ShowsOverlap(
            f"{show.screen} is taken by {other.movie.title} from "
            f"{other.local(other.starts_at):%Y-%m-%d %H:%M} to "
            f"{other.local(other.ends_at):%H:%M}, and needs {show.screen.turnaround_minutes} "
            "minutes between two shows.",
            show=other.pk,
        )
    if show.pk is not None:
        _check_seats_stay(show)


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
