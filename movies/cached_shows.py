"""Shows with their places and prices, which may be a moment old: those change rarely."""

from core.cache import cached
from core.db.statements import Statement
from core.errors import NotFound
from movies.models import Cinema, Movie, PriceList, Screen, SeatingPlan, Show, TicketType

SHOW = Statement(lambda pk: Show.objects.filter(pk=pk))
LOCKED_SHOW = Statement(lambda pk: Show.objects.locked().filter(pk=pk))
MOVIE = Statement(lambda pk: Movie.objects.filter(pk=pk))
SCREEN = Statement(lambda pk: Screen.objects.filter(pk=pk))
CINEMA = Statement(lambda pk: Cinema.objects.filter(pk=pk))
SEATING_PLAN = Statement(lambda pk: SeatingPlan.objects.defer("layout", "text").filter(pk=pk))
PRICE_LIST = Statement(lambda pk: PriceList.objects.filter(pk=pk))
TICKET_TYPE = Statement(lambda pk: TicketType.objects.filter(pk=pk))


@cached(max_entries=1000)
def cached_show(pk):
    """The show as it was a moment ago, for looks that refuse; raises NotFound.

    Threads share it, so nobody may change it.
    """
    return _show_in(SHOW(pk=pk))


def lock_show(pk):
    """The show as it is now, locked until the transaction ends; raises NotFound."""
    return _show_in(LOCKED_SHOW(pk=pk))


def cached_ticket_type(pk):
    return _known(TICKET_TYPE, pk)


def _show_in(rows):
    show = _only(rows)
    show.movie = _known(MOVIE, show.movie_id)
    show.screen = _known_screen(show.screen_id)
    show.seating_plan = show.seating_plan_id and _known(SEATING_PLAN, show.seating_plan_id)
    show.price_list = show.price_list_id and _known(PRICE_LIST, show.price_list_id)
    return show


@cached(max_entries=1000)
def _known_screen(pk):
    """With its cinema, so that both are of the same age."""
    screen = _only(SCREEN(pk=pk))
    screen.cinema = _only(CINEMA(pk=screen.cinema_id))
    return screen


@cached(max_entries=4000)
def _known(statement, pk):
    return _only(statement(pk=pk))


def _only(rows):
    """The row; raises NotFound where it, or the show with it, was deleted meanwhile."""
    if not rows:
        raise NotFound("There is no such show.")
    return rows[0]
