"""Writes to the programme that have rules."""

import re
from copy import copy
from datetime import timedelta
from itertools import pairwise
from operator import itemgetter

from django.db.models import Max
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from core.db.transactions import atomic_with_retry
from core.errors import InUse
from movies.errors import PriceMissing, SeatsSold, ShowsOverlap
from movies.models import (
    Cinema,
    Price,
    PriceList,
    RefundTier,
    Screen,
    SeatCategory,
    SeatingPlan,
    Show,
)
from movies.models.halls import category_key
from movies.seating.json_values import UNSAFE
from movies.seating.numbered_hall import CATEGORY as NUMBERED_CATEGORY
from movies.seating.plan import PlanError, read_plan, unpaired
from movies.seating.text_format import parse_text

GREY = "#8a8f98"
# What the categories of the typed language mean for selling, when a plan first names them.
MEANINGS = {
    "couple": {"is_sold_in_pairs": True},
    "wheelchair": {"is_accessible": True},
    "companion": {"is_companion": True},
    "restricted view": {"has_restricted_view": True},
}
# Fields of a show that say when it needs its hall.
HALL_TIME = ("screen_id", "starts_at", "ends_at")


@atomic_with_retry
def schedule_show(**fields):
    """Save a new show. Raises what `prepare_show` raises; locks the screen."""
    show = Show(**fields)
    prepare_show(show)
    show.save()
    return show


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
            collisions.append({"starts_at": at, "detail": str(error.detail)})
        show.save()  # also where it collides, so that later slots are held against it
        shows.append(show)
    if collisions:
        raise ShowsOverlap(
            f"{len(collisions)} of {len(starts)} shows collide, so none was put on.",
            slots=collisions,
        )
    _check_prices(shows[0])
    return shows


@atomic_with_retry
def change_show(*, show, changes):
    """Change fields of a show. Raises what `prepare_show` raises; locks show, then screen."""
    before = Show.objects.locked().get(pk=show.pk)
    show = _with_changes(before, changes)
    prepare_show(show, before)
    show.save()
    return show


@atomic_with_retry
def cancel_show(*, show, by, reason=""):
    """Take a show off: a state, not a deletion, and the first one stays. Locks the show."""
    show = Show.objects.locked().get(pk=show.pk)
    if show.is_cancelled:
        return show
    show.cancelled_at = timezone.now()
    show.cancelled_by = by
    show.cancel_reason = reason
    show.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    return show


@atomic_with_retry
def change_screen(*, screen, changes):
    """Change fields of a screen. Raises what `check_screen` raises; locks the screen."""
    before = Screen.objects.select_for_update(no_key=True).get(pk=screen.pk)
    screen = _with_changes(before, changes)
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


@atomic_with_retry
def add_cinema(*, refund_tiers=(), **fields):
    """Save a new cinema with its refund rule. Raises what `check_refund_tiers` raises."""
    check_refund_tiers(refund_tiers)
    cinema = Cinema.objects.create(**fields)
    _set_refund_tiers(cinema, refund_tiers)
    return cinema


@atomic_with_retry
def change_cinema(*, cinema, changes):
    """Change fields of a cinema, and its refund rule where `changes` has `refund_tiers`.

    Raises what `check_cinema` and `check_refund_tiers` raise; locks the cinema.
    """
    before = Cinema.objects.select_for_update(no_key=True).get(pk=cinema.pk)
    fields = {name: value for name, value in changes.items() if name != "refund_tiers"}
    cinema = _with_changes(before, fields)
    check_cinema(cinema, before)
    cinema.save()
    if "refund_tiers" in changes:
        check_refund_tiers(changes["refund_tiers"])
        _set_refund_tiers(cinema, changes["refund_tiers"])
    return cinema


def check_cinema(cinema, before):
    """Time zone and currency of a cinema stay once it has shows: they are sold in them.

    Raises InUse. `before` is its row, read under its lock.
    """
    is_moved = (cinema.time_zone, cinema.currency) != (before.time_zone, before.currency)
    if is_moved and Show.objects.filter(screen__cinema=cinema).exists():
        raise InUse("This cinema has shows, so its time zone and currency stay.")


def check_refund_tiers(tiers):
    """At most so many tiers, one a time, and no more comes back as the show comes nearer.

    `tiers` are the tiers of one cinema, dicts with hours_before and percent. Raises
    ValidationError.
    """
    if len(tiers) > RefundTier.MOST:
        raise ValidationError(
            {"refund_tiers": f"A refund rule has at most {RefundTier.MOST} tiers."}
        )
    in_time = sorted(tiers, key=itemgetter("hours_before"), reverse=True)
    for tier, later in pairwise(in_time):
        if later["hours_before"] == tier["hours_before"]:
            raise ValidationError(
                {"refund_tiers": f"There are two tiers of {tier['hours_before']} hours."},
                code="unique",
            )
        if later["percent"] > tier["percent"]:
            raise ValidationError(
                {
                    "refund_tiers": f"{later['percent']}% until {later['hours_before']} hours "
                    f"before the start is more than {tier['percent']}% until "
                    f"{tier['hours_before']} hours: no more may come back as the show comes nearer."
                }
            )


def _set_refund_tiers(cinema, tiers):
    cinema.refund_tiers.all().delete()
    RefundTier.objects.bulk_create(RefundTier(cinema=cinema, **tier) for tier in tiers)


def _with_changes(row, changes):
    changed = copy(row)
    for field, value in changes.items():
        setattr(changed, field, value)
    return changed


def prepare_show(show, before=None):
    """Lock the hall, fill in what was left out, and check the rules of a show to be saved.

    Must run in the transaction that saves it. `before` is the row of a show that is not new, read
    under its lock. Two shows never overlap on one screen: whoever puts on the second waits for
    the lock on the screen, and then sees the first. Cinema and price list are locked too, as the
    show is checked against them.

    Raises ShowsOverlap, SeatsSold, PriceMissing, or ValidationError where fields do not fit.
    """
    show.screen = _lock_hall(show.screen_id)
    _complete(show, before)
    if before is None or any(getattr(before, at) != getattr(show, at) for at in HALL_TIME):
        _check_hall_is_free(show)
    if before is not None:
        _check_seats_stay(show)
    _check_prices(show)


def _lock_hall(screen_id):
    """The screen, locked with its cinema, and then read with its plan: see ShowQuerySet.locked."""
    screen = Screen.objects.select_for_update(no_key=True).get(pk=screen_id)
    Cinema.objects.select_for_update(no_key=True).get(pk=screen.cinema_id)
    return Screen.objects.select_related("cinema", "seating_plan").get(pk=screen_id)


def _complete(show, before=None):
    """Fill in what was left out; raises ValidationError where the fields do not fit each other."""
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
            raise ValidationError(
                {"total_seats": f"{show.screen} has no seating plan: say how many seats it has."}
            )
    if show.seating_plan is not None:
        show.total_seats = show.seating_plan.seat_count


def _check_times(show):
    if show.ends_at <= show.starts_at:
        raise ValidationError({"ends_at": "A show ends after it starts."})
    if show.sales_open_at and show.sales_close_at and show.sales_close_at <= show.sales_open_at:
        raise ValidationError({"sales_close_at": "Sales close after they open."})


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


def _check_prices(show):
    """A price list is in the cinema's currency and complete for the hall, or it cannot be sold."""
    if show.price_list is not None:
        locked = PriceList.objects.select_for_update(no_key=True)
        show.price_list = locked.get(pk=show.price_list.pk)
        prices = show.price_list.prices.values_list("category__name", "ticket_type__name")
        _check_price_list_fits(show.price_list, prices, show)


def _check_price_list_fits(price_list, prices, show):
    """`prices` are the list's (category, ticket type) names."""
    cinema = show.screen.cinema
    if price_list.currency != cinema.currency:
        raise ValidationError(
            {
                "price_list": f"{price_list.name} is in {price_list.currency}, "
                f"{cinema} sells in {cinema.currency}."
            }
        )
    there = {(category_key(category), ticket_type) for category, ticket_type in prices}
    ticket_types = sorted({ticket_type for _, ticket_type in there}) or ["any ticket type"]
    for category in _categories_of(show):
        for ticket_type in ticket_types:
            if (category_key(category), ticket_type) not in there:
                raise PriceMissing(f"{price_list.name} has no price for {category}, {ticket_type}.")


def _categories_of(show):
    if show.seating_plan is None:
        return [NUMBERED_CATEGORY]
    return [category.name for category in show.seating_plan.categories.all()]


@atomic_with_retry
def save_price_list(*, price_list, prices):
    """Save a price list with exactly these prices: {(SeatCategory, TicketType): amount}.

    Raises PriceMissing where a show that is still to come could then not be sold. Locks the list,
    so no show is checked against it meanwhile.
    """
    if price_list.pk:
        PriceList.objects.select_for_update(no_key=True).get(pk=price_list.pk)
    price_list.save()
    price_list.prices.all().delete()
    Price.objects.bulk_create(
        Price(price_list=price_list, category=category, ticket_type=ticket_type, amount=amount)
        for (category, ticket_type), amount in prices.items()
    )
    check_price_list(price_list, {(category.name, kind.name) for category, kind in prices})
    return price_list


def check_price_list(price_list, prices):
    """Whether shows to come can be sold with these (category, ticket type) names.

    Raises PriceMissing or ValidationError.
    """
    shows = Show.objects.with_places().on().upcoming().filter(price_list=price_list)
    one_of_each = {(show.seating_plan_id, show.screen.cinema.currency): show for show in shows}
    for show in one_of_each.values():
        _check_price_list_fits(price_list, prices, show)


@atomic_with_retry
def save_seating_plan(*, name, layout=None, text="", replaces=None, focal_point=None):
    """Save a new plan, or the next version of the one it replaces, which stays as it is.

    Screens move to the new version, shows keep theirs. Categories that are not there yet are
    made. `focal_point` is (x, y), or None for the usual place; a version has what is given here,
    whatever the one before it has. Raises ValidationError with the place that is wrong.
    """
    if UNSAFE.search(name):
        raise ValidationError({"name": "The name has a control character."})
    try:
        if layout is None:
            layout = parse_text(text, name)
        elif isinstance(layout, dict) and not layout.get("name"):
            layout = {**layout, "name": name}
        plan = read_plan(layout)
    except PlanError as error:
        raise ValidationError({"text" if text else "layout": str(error)}) from error
    focal_x, focal_y = focal_point or (None, None)
    categories = _seat_categories(plan)
    pairs = {category_key(category.name) for category in categories if category.is_sold_in_pairs}
    alone = unpaired(plan, {name for name in plan.categories if category_key(name) in pairs})
    if alone:
        raise ValidationError(
            f"Seat {alone[0].number} is a {alone[0].category} seat without a partner beside it."
        )
    versions = SeatingPlan.objects.filter(name=replaces.name if replaces else name)
    if replaces:  # whoever makes a version at the same time waits, and then sees this one
        versions.select_for_update(no_key=True).order_by("pk").first()
    latest = versions.aggregate(version=Max("version"))["version"]
    if latest and not replaces:
        raise ValidationError({"name": f"There is a plan of this name. Change it: {name}."})
    saved = SeatingPlan.objects.create(
        name=name,
        version=(latest or 0) + 1,
        layout=layout,
        text=text,
        seat_count=len(plan.seats),
        focal_x=focal_x,
        focal_y=focal_y,
    )
    saved.categories.set(categories)
    if replaces:
        Screen.objects.filter(seating_plan__in=versions).update(seating_plan=saved)
    return saved


def _seat_categories(plan):
    """The seat categories that the plan's seats have, made where they are missing."""
    there = {category_key(category.name): category for category in SeatCategory.objects.all()}
    used = {seat.category for seat in plan.seats}
    found = {}
    for name, color in plan.categories.items():
        key = category_key(name)
        if name in used and key not in there:
            there[key] = SeatCategory.objects.create(
                name=name.strip(), color=_six_digits(color), **MEANINGS.get(key, {})
            )
        if name in used:
            found[key] = there[key]
    return list(found.values())


def _six_digits(color):
    """#4a7fb5 of #4a7fb580, #4477bb of #47b; grey for a colour that is a word."""
    if re.fullmatch(r"#[0-9A-Fa-f]{3}", color):
        return "#" + "".join(digit * 2 for digit in color[1:])
    return color[:7] if color.startswith("#") else GREY
