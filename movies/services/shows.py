"""Scheduling, changing and cancelling shows."""

from datetime import timedelta

from django.utils import timezone

from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
from movies.errors import PriceMissing, SeatsSold, ShowsOverlap
from movies.models import Cinema, Screen, Show
from movies.services.changes import with_changes
from movies.services.prices import ensure_price_list_fits

# Fields of a show that say when it needs its hall.
HALL_TIME = ("screen_id", "starts_at", "ends_at")


@raises(PriceMissing, ShowsOverlap)
@atomic_with_retry
def schedule_show(**fields):
    """Save a new show. Raises what `prepare_show` raises; locks the screen."""
    show = Show(**fields)
    prepare_show(show)
    show.save()
    return show


@raises(PriceMissing, ShowsOverlap)
@atomic_with_retry
def schedule_shows(*, starts, **fields):
    """Save a new show for each start, on one screen: all of them, or none.

    Raises ShowsOverlap with every slot that collides, be it with a show that is there or with
    another of the new ones, and what `prepare_show` raises. Locks the screen.
    """
    hall = _lock_hall(fields.pop("screen").pk)
    shows, collisions = [], []
    for starts_at in sorted(starts):
        show = Show(screen=hall, starts_at=starts_at, **fields)
        _complete(show)
        try:
            _check_hall_is_free(show)
        except ShowsOverlap as error:
            at = show.local(starts_at).isoformat()
            collisions.append({"starts_at": at, "detail": str(error)})
        show.save()  # also where it collides, so that later slots are held against it
        shows.append(show)
    if collisions:
        raise ShowsOverlap(
            f"{len(collisions)} of {len(starts)} shows collide, so none was put on.",
            slots=collisions,
        )
    ensure_price_list_fits(shows[0])
    return shows


@raises(PriceMissing, ShowsOverlap, SeatsSold)
@atomic_with_retry
def change_show(*, show, changes):
    """Change fields of a show. Raises what `prepare_show` raises; locks show, then screen."""
    before = Show.objects.locked().get(pk=show.pk)
    show = with_changes(before, changes)
    prepare_show(show, before)
    show.save()
    return show


@atomic_with_retry
def record_cancellation(*, show, by, reason=""):
    """Take a show off: a state, not a deletion, and the first one stays. Locks the show."""
    show = Show.objects.locked().get(pk=show.pk)
    if show.is_cancelled:
        return show
    show.cancelled_at = timezone.now()
    show.cancelled_by = by
    show.cancel_reason = reason
    show.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    return show


def prepare_show(show, before=None):
    """Lock the hall, fill in what was left out, and check the rules of a show to be saved.

    Must run in the transaction that saves it. `before` is the row of a show that is not new, read
    under its lock. Two shows never overlap on one screen: whoever puts on the second waits for
    the lock on the screen, and then sees the first. Cinema and price list are locked too, as the
    show is checked against them.

    Raises ShowsOverlap, SeatsSold, PriceMissing, or InvalidInput where fields do not fit.
    """
    show.screen = _lock_hall(show.screen_id)
    _complete(show, before)
    if before is None or any(getattr(before, at) != getattr(show, at) for at in HALL_TIME):
        _check_hall_is_free(show)
    if before is not None:
        _check_seats_stay(show)
    ensure_price_list_fits(show)


def _lock_hall(screen_id):
    """The screen, locked with its cinema, and then read with its plan: see ShowQuerySet.locked."""
    screen = Screen.objects.select_for_update(no_key=True).get(pk=screen_id)
    Cinema.objects.select_for_update(no_key=True).get(pk=screen.cinema_id)
    return Screen.objects.select_related("cinema", "seating_plan").get(pk=screen_id)


def _complete(show, before=None):
    """Fill in what was left out; raises InvalidInput where the fields do not fit each other."""
    _set_end(show, before)
    _set_seats(show, before)
    _check_times(show)


def _set_end(show, before):
    """Where nobody set it: after trailers and movie; a show that only moves keeps its length."""
    if before is not None and show.ends_at == before.ends_at:
        is_same_movie = show.movie_id == before.movie_id
        show.ends_at = (
            show.starts_at + (before.ends_at - before.starts_at) if is_same_movie else None
        )
    if show.ends_at is None:
        minutes = show.screen.cinema.trailer_minutes + show.movie.duration_minutes
        show.ends_at = show.starts_at + timedelta(minutes=minutes)


def _set_seats(show, before):
    """From the plan: the show's own, or the screen's where nothing is said, or where it moves."""
    is_elsewhere = before is not None and show.screen_id != before.screen_id
    if is_elsewhere and show.seating_plan_id == before.seating_plan_id and before.seating_plan_id:
        show.seating_plan = show.screen.seating_plan or show.seating_plan
    if show.seating_plan is None and show.total_seats is None:
        show.seating_plan = show.screen.seating_plan
        if show.seating_plan is None:
            raise InvalidInput.of(
                "total_seats", f"{show.screen} has no seating plan: say how many seats it has."
            )
    if show.seating_plan is not None:
        show.total_seats = show.seating_plan.seat_count


def _check_times(show):
    if show.ends_at <= show.starts_at:
        raise InvalidInput.of("ends_at", "A show ends after it starts.")
    if show.sales_open_at and show.sales_close_at and show.sales_close_at <= show.sales_open_at:
        raise InvalidInput.of("sales_close_at", "Sales close after they open.")


def _check_hall_is_free(show):
    other = Show.objects.with_places().overlapping(show).order_by("pk").first()
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
            f"{len(lost)} seats are sold that the show would not have, such as seat {lost[0]}."
        )
