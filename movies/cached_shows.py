"""Shows with their places and prices from the cache of the process.

They may be MEMORY_SECONDS old; movies ten times as old, because sales only show their titles.
Threads share them, so do not change them.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

from core.cache import cached
from core.db.statements import Statement
from core.errors import NotFound
from movies.models import Cinema, Movie, PriceList, Screen, SeatingPlan, Show, TicketType

Row = TypeVar("Row", bound=Model)

SHOW = Statement(lambda pk: Show.objects.filter(pk=pk))


@cached(max_entries=1000)
def cached_show(pk: int) -> Show:
    """Return the show for prechecks, which reject but never accept. Raises NotFound."""
    return with_cached_prices(with_cached_places(SHOW(pk=pk)))


def with_cached_places(shows: Iterable[Show]) -> Show:
    """Return the only show of a query, with its places from the cache. Raises NotFound."""
    show = _only(shows)
    show.movie = _cached_movie(show.movie_id)
    show.screen = _cached_screen(show.screen_id)
    if show.seating_plan_id:
        show.seating_plan = _cached_plan(show.seating_plan_id)
    return show


def with_cached_prices(show: Show) -> Show:
    """Return the show with its price list from the cache. Raises NotFound."""
    if show.price_list_id:
        show.price_list = _cached_price_list(show.price_list_id)
    return show


@cached(max_entries=1000)
def cached_ticket_type(pk: int) -> TicketType:
    """Return the ticket type. Raises NotFound."""
    return _only(TicketType.objects.filter(pk=pk))


@cached(max_entries=1000, ttl=10)
def _cached_movie(pk: int) -> Movie:
    return _only(Movie.objects.filter(pk=pk))


@cached(max_entries=1000)
def _cached_screen(pk: int) -> Screen:
    """Return the screen with its cinema, both of the same age."""
    screen = _only(Screen.objects.filter(pk=pk))
    screen.cinema = _only(Cinema.objects.filter(pk=screen.cinema_id))
    return screen


@cached(max_entries=1000)
def _cached_plan(pk: int) -> SeatingPlan:
    return _only(SeatingPlan.objects.filter(pk=pk).defer("layout", "text"))


@cached(max_entries=1000)
def _cached_price_list(pk: int) -> PriceList:
    return _only(PriceList.objects.filter(pk=pk))


def _only(rows: Iterable[Row]) -> Row:
    """Return the only row. Raises NotFound if it was deleted, with the show, in the meantime."""
    for row in rows:
        return row
    raise NotFound("There is no such show.")
