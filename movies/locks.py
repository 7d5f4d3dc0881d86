"""Row locks of the programme. A lock is held until the transaction ends.

Take them in this order: shows by id, screen, cinema, price list. Each function returns the row as
it is under the lock; a row that was read before its lock may be stale. SQLite locks at BEGIN.
"""

from core.db.statements import Query, Statement
from movies.cached_shows import with_cached_places, with_cached_prices
from movies.models import Cinema, PriceList, Screen, Show

LOCKED_SHOW = Statement(lambda pk: Show.objects.locked().filter(pk=pk))
# By the show, so that it can be sent with the lock. A join of the locked row would be stale.
PRICE_LIST = Statement(lambda show: PriceList.objects.filter(shows=show).order_by())


def lock_show(pk: int) -> Show:
    """Lock the show. Places and price list come from the cache. Raises NotFound. One query."""
    show: Show = locked_show(pk).run()
    return show


def locked_show(pk: int) -> Query:
    """Return the query of `lock_show`, to be sent together with others."""
    return LOCKED_SHOW.with_values(pk=pk).then(with_cached_places).then(with_cached_prices)


def price_list_of(show: int) -> Query:
    """Return a query for the price list of a show, None if the show is free.

    Behind the lock of the show, its prices are those of the moment.
    """
    return PRICE_LIST.with_values(show=show).then(lambda found: found[0] if found else None)


def lock_screen(pk: int) -> Screen:
    return Screen.objects.select_for_update(no_key=True).get(pk=pk)


def lock_hall(screen_id: int) -> Screen:
    """Lock a screen and its cinema, then read them with the seating plan. Three queries.

    One query with a join could return stale joined rows: see `ShowQuerySet.locked`.
    """
    lock_cinema(lock_screen(screen_id).cinema_id)
    return Screen.objects.select_related("cinema", "seating_plan").get(pk=screen_id)


def lock_cinema(pk: int) -> Cinema:
    return Cinema.objects.select_for_update(no_key=True).get(pk=pk)


def lock_price_list(pk: int) -> PriceList:
    return PriceList.objects.select_for_update(no_key=True).get(pk=pk)
