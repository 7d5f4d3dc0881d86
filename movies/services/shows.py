"""Scheduling, changing and cancelling shows."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.utils import timezone

from accounts.models import User
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises
from core.request_id import current_request_id
from movies import occupancy
from movies.errors import MayNotMakeFree, PriceMissing, SeatsSold, ShowSold, ShowsOverlap
from movies.events import record_cancelled, record_change, record_new_shows
from movies.locks import lock_hall, lock_price_list
from movies.models import Movie, PriceList, Screen, SeatingPlan, Show, ShowChange
from movies.occupancy import LiveOrders
from movies.rules.prices import ensure_show_can_be_sold
from movies.rules.shows import (
    ensure_length_is_possible,
    ensure_past_is_meant,
    ensure_screen_is_free,
    ensure_taken_seats_stay,
    ensure_times_are_in_order,
)
from movies.rules.sold_shows import ensure_same_film_and_cinema, ensure_same_time_and_screen
from movies.services.changes import with_changes

# The fields that say when a show needs its hall.
HALL_TIME = ("screen_id", "starts_at", "ends_at")

# The fields that customers bought by.
WHAT_WAS_SOLD = ("movie_id", "screen_id", "starts_at", "price_list_id")


class ShowFields(TypedDict, total=False):
    """Fields of a show that may be left out, or that several new shows share."""

    movie: Movie
    format: str
    language: str
    subtitles: str
    seating_plan: SeatingPlan | None
    total_seats: int | None
    price_list: PriceList | None


class NewShowFields(ShowFields, total=False):
    """Fields of a single new show."""

    ends_at: datetime | None
    sales_open_at: datetime | None
    sales_close_at: datetime | None


@raises(PriceMissing, ShowsOverlap)
@atomic_with_retry
def schedule_show(
    *,
    screen: Screen,
    starts_at: datetime,
    confirm_past: bool = False,
    **fields: Unpack[NewShowFields],
) -> Show:
    """Save a new show. Raises what `prepare_show` raises. Locks the screen."""
    show = Show(screen=screen, starts_at=starts_at, **fields)
    prepare_show(show=show, confirm_past=confirm_past)
    show.save()
    record_new_shows([show])
    return show


@raises(PriceMissing, ShowsOverlap)
@atomic_with_retry
def schedule_shows(
    *,
    screen: Screen,
    starts: Collection[datetime],
    confirm_past: bool = False,
    **fields: Unpack[ShowFields],
) -> list[Show]:
    """Save a new show for each start on one screen, all or none.

    Raises ShowsOverlap with every slot that collides, with an existing show or with another new
    one, and what `prepare_show` raises. Locks the screen.
    """
    hall = lock_hall(screen.pk)
    shows, collisions = [], []
    for starts_at in sorted(starts):
        show = Show(screen=hall, starts_at=starts_at, **fields)
        _complete(show, before=None, confirm_past=confirm_past)
        try:
            ensure_screen_is_free(show)
        except ShowsOverlap as error:
            at = show.local(starts_at).isoformat()
            collisions.append({"starts_at": at, "detail": str(error)})
        show.save()  # even if it collides, so that later slots are checked against it
        shows.append(show)
    if collisions:
        raise ShowsOverlap(
            f"{len(collisions)} of {len(starts)} shows collide, so none was scheduled.",
            slots=collisions,
        )
    _ensure_can_be_sold(shows[0])
    record_new_shows(shows)
    return shows


@raises(PriceMissing, ShowsOverlap, SeatsSold, ShowSold, MayNotMakeFree)
@atomic_with_retry
def change_show(
    *, show: Show, changes: Mapping[str, object], by: User, confirm_past: bool = False
) -> Show:
    """Change fields of a show. Raises what `prepare_change` raises. Locks show, then screen."""
    before = Show.objects.locked().get(pk=show.pk)
    changed = with_changes(before, changes)
    record = prepare_change(show=changed, before=before, by=by, confirm_past=confirm_past)
    changed.save()
    if record is not None:
        record.save()
    record_change(changed, before)
    return changed


@atomic_with_retry
def record_cancellation(*, show: Show, by: User, reason: str = "") -> Show:
    """Mark the show as cancelled; a second call keeps the first mark. Locks the show.

    Only a part of cancelling a show: `bookings.services.cancel_show` calls this, then cancels the
    orders. Call that one.
    """
    show = Show.objects.locked().get(pk=show.pk)
    if show.is_cancelled:
        return show
    show.cancelled_at = timezone.now()
    show.cancelled_by = by
    show.cancel_reason = reason
    show.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    record_cancelled(show)
    return show


def prepare_change(
    *, show: Show, before: Show, by: User, confirm_past: bool = False
) -> ShowChange | None:
    """Check a changed show as `prepare_show` does, and that a sold one stays what it was.

    Return the record to save with it, if the show had orders and was made free or charged for.
    `before` is the present row, read under its lock. Raises ShowSold, MayNotMakeFree, and what
    `prepare_show` raises.
    """
    is_other = any(getattr(before, name) != getattr(show, name) for name in WHAT_WAS_SOLD)
    orders = occupancy.current().live_orders(before.pk) if is_other else LiveOrders(0, 0)
    ensure_same_film_and_cinema(show, before, orders)
    ensure_same_time_and_screen(show, before, orders)
    prepare_show(show=show, before=before, confirm_past=confirm_past)
    ensure_same_film_and_cinema(show, before, orders)  # as the screen is under its lock
    if not orders.total or show.price_list_id == before.price_list_id:
        return None
    if _is_free(show) == _is_free(before):
        return None
    if not by.has_perm("movies.make_free"):
        raise MayNotMakeFree
    return ShowChange(
        show=show,
        kind=ShowChange.Kind.PRICED,
        made_by=by,
        before={"price_list": before.price_list_id},
        after={"price_list": show.price_list_id},
        orders=orders.total,
        request_id=current_request_id(),
    )


def _is_free(show: Show) -> bool:
    """Return whether no seat costs anything: without a price list, or by one of zeros."""
    return show.price_list is None or not show.price_list.prices.filter(amount__gt=0).exists()


def prepare_show(*, show: Show, before: Show | None = None, confirm_past: bool = False) -> Show:
    """Lock the hall, fill in the fields that were left out, and check the rules of a show.

    Call it in the transaction that saves the show. `before` is the present row of an existing
    show, read under its lock. Shows never overlap on a screen, because a second writer waits for
    the lock on the screen and then sees the first show. Cinema and price list are locked too,
    because the show is checked against them. A new start that is long past needs `confirm_past`.

    Raises ShowsOverlap, SeatsSold, PriceMissing, or InvalidInput if fields do not fit.
    """
    show.screen = lock_hall(show.screen_id)
    _complete(show, before, confirm_past)
    if before is None or any(getattr(before, name) != getattr(show, name) for name in HALL_TIME):
        ensure_screen_is_free(show)
    if before is not None:
        ensure_taken_seats_stay(show)
    _ensure_can_be_sold(show)
    return show


def _ensure_can_be_sold(show: Show) -> None:
    """Lock the price list and check the show against it."""
    if show.price_list is not None:
        show.price_list = lock_price_list(show.price_list.pk)
        prices = show.price_list.prices.values_list("category__name", "ticket_type__name")
        ensure_show_can_be_sold(show, show.price_list, prices)


def _complete(show: Show, before: Show | None, confirm_past: bool) -> None:
    """Fill in the fields that were left out. Raises InvalidInput if the fields do not fit."""
    _set_end(show, before)
    _set_seats(show, before)
    ensure_times_are_in_order(show)
    if before is None or show.ends_at - show.starts_at != before.ends_at - before.starts_at:
        ensure_length_is_possible(show)
    if not confirm_past and (before is None or show.starts_at != before.starts_at):
        ensure_past_is_meant(show, timezone.now())


def _set_end(show: Show, before: Show | None) -> None:
    """Set the end after trailers and movie; a show that only moves keeps its length."""
    is_kept = before is not None and show.ends_at == before.ends_at
    if before is not None and is_kept and show.movie_id == before.movie_id:
        length = before.ends_at - before.starts_at
    elif is_kept or show.ends_at is None:
        minutes = show.screen.cinema.trailer_minutes + show.movie.duration_minutes
        length = timedelta(minutes=minutes)
    else:
        return
    show.ends_at = show.starts_at + length


def _set_seats(show: Show, before: Show | None) -> None:
    """Set plan and number of seats: of the show's own plan, or of the screen's plan.

    A show that moves to another screen without a new plan takes the plan of that screen.
    """
    if (
        before is not None
        and show.screen_id != before.screen_id
        and before.seating_plan_id is not None
        and show.seating_plan_id == before.seating_plan_id
    ):
        show.seating_plan = show.screen.seating_plan or show.seating_plan
    if show.seating_plan is None and show.total_seats is None:
        show.seating_plan = show.screen.seating_plan
        if show.seating_plan is None:
            raise InvalidInput.of(
                "total_seats", f"{show.screen} has no seating plan: say how many seats it has."
            )
    if show.seating_plan is not None:
        show.total_seats = show.seating_plan.seat_count
