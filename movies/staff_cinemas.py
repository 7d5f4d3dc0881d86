"""What staff who are limited to some cinemas see and change, in the API and the admin.

Rows of a cinema, such as shows and orders, are theirs or invisible. Rows that cinemas share, such
as price lists, they change only where no other cinema uses them; rows of the whole chain, such as
ticket types, they only see.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from accounts.models import User
from movies.models import (
    Cinema,
    Genre,
    Movie,
    PriceList,
    Screen,
    SeatCategory,
    SeatingPlan,
    Show,
    StaffCinema,
    TicketType,
)

Rows = TypeVar("Rows", bound="QuerySet[Any]")

OTHER_CINEMAS = "Other cinemas use this, and you do not work in them."
OF_THE_CHAIN: tuple[type[Model], ...] = (Genre, SeatCategory, TicketType)

# Whether cinemas other than these use a row of a model that cinemas share.
_used_elsewhere: dict[type[Model], Callable[[Any, frozenset[int]], bool]] = {
    Cinema: lambda cinema, own: cinema.pk not in own,
    Screen: lambda screen, own: screen.cinema_id not in own,
    Show: lambda show, own: show.screen.cinema_id not in own,
    Movie: lambda movie, own: _has_shows_elsewhere(own, movie=movie),
    PriceList: lambda prices, own: _has_shows_elsewhere(own, price_list=prices),
    SeatingPlan: lambda plan, own: _has_halls_elsewhere(own, plan),
}


def cinemas_of(user: User | AnonymousUser) -> frozenset[int] | None:
    """Return the primary keys of the cinemas that staff are limited to; None: all cinemas.

    One query for a user, none for a superuser. It is kept on the instance, which lives as long as
    the request.
    """
    if isinstance(user, AnonymousUser) or user.is_superuser:
        return None
    if "_cinemas" not in user.__dict__:
        found = StaffCinema.objects.filter(user=user).values_list("cinema", flat=True)
        user.__dict__["_cinemas"] = frozenset(found) or None
    kept: frozenset[int] | None = user.__dict__["_cinemas"]
    return kept


def within_cinemas(rows: Rows, user: User | AnonymousUser, path: str) -> Rows:
    """Filter the rows whose cinema, at this path, is one of the user's."""
    own = cinemas_of(user)
    return rows if own is None else rows.filter(**{f"{path}__in": own})


def may_change(user: User | AnonymousUser, row: Model) -> bool:
    """Return whether the row belongs to the user's cinemas alone."""
    own = cinemas_of(user)
    if own is None:
        return True
    if isinstance(row, OF_THE_CHAIN):
        return False
    is_used_elsewhere = _used_elsewhere.get(type(row))
    return is_used_elsewhere is None or not is_used_elsewhere(row, own)


def may_add(user: User | AnonymousUser, model: type[Model]) -> bool:
    """Return whether the user may add such a row: not a cinema, nor what the whole chain uses."""
    return cinemas_of(user) is None or not issubclass(model, (Cinema, *OF_THE_CHAIN))


def _has_halls_elsewhere(own: frozenset[int], plan: SeatingPlan) -> bool:
    """Return whether others use any version of a plan: the next one moves all of their screens."""
    versions = SeatingPlan.objects.named(plan.name)
    screens = Screen.objects.filter(seating_plan__in=versions)
    return screens.exclude(cinema__in=own).exists() or _has_shows_elsewhere(
        own, seating_plan__in=versions
    )


def _has_shows_elsewhere(own: frozenset[int], **used: Any) -> bool:
    return Show.objects.filter(**used).exclude(screen__cinema__in=own).exists()
