"""Filters of lists by year, month and day, on the clocks of each row's cinema."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, Model, QuerySet, Subquery
from django.http import HttpRequest, QueryDict

from movies.local_days import from_day_to_day, time_zones
from movies.models import Cinema, Show
from movies.staff_cinemas import within_cinemas

YEARS = range(2000, 2100)
DAY = timedelta(days=1)
PARTS = ("year", "month", "day")

# Nothing, (year,), (year, month) or (year, month, day).
Period: TypeAlias = tuple[int, ...]


class DayFilter(admin.ListFilter):
    """From a year to a month to a day, each by the clocks of the row's own cinema.

    It offers the years, months and days that have rows. Each is looked up in an index and needs
    one row at most, however many there are. Other filters do not change what is offered, but staff
    of some cinemas see only days of these.
    """

    moment: ClassVar[str]  # path from the rows of the list
    cinema: ClassVar[str]
    parameter: ClassVar[str]  # its parameters are this with `year`, `month` and `day`
    # Where periods with rows are looked up: a model, its indexed moment, and its cinema.
    offered: ClassVar[tuple[type[Model], str, str]]

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.user = request.user
        asked = [params.pop(name, [""])[-1] for name in self.names]
        self.period = _period(asked)

    @cached_property
    def zones(self) -> list[str]:
        return time_zones()

    @property
    def names(self) -> list[str]:
        return [f"{self.parameter}{part}" for part in PARTS]

    def expected_parameters(self) -> list[str | None]:
        return [*self.names]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.period:
            return queryset
        first, end = _days_of(self.period)
        within = from_day_to_day(
            first, end, moment=self.moment, cinema=self.cinema, zones=self.zones
        )
        return queryset.filter(within)

    def choices(self, changelist: Any) -> Iterator[Any]:
        above = [self.period[:size] for size in range(min(len(self.period), 2) + 1)]
        for period in [*above, *self._offered_below(above[-1])]:
            values = dict(zip(self.names, map(str, period), strict=False))
            yield {
                "selected": period == self.period,
                "query_string": changelist.get_query_string(values, self.names),
                "display": _title(period),
            }

    def _offered_below(self, period: Period) -> list[Period]:
        """Return the periods below this one that have rows. Two queries at most."""
        if not period:
            years = self._years()
            return self._with_rows([(year,) for year in years])
        if len(period) == 1:
            return self._with_rows([(*period, month) for month in range(1, 13)])
        year, month = period
        days = monthrange(year, month)[1]
        return self._with_rows([(*period, day) for day in range(1, days + 1)])

    def _rows(self) -> QuerySet[Any]:
        """Return where periods are looked up: only rows of the user's cinemas."""
        model, _, cinema = self.offered
        return within_cinemas(model._default_manager.order_by(), self.user, cinema)

    def _years(self) -> range:
        """Return the years from the first row to the last one."""
        _, moment, _ = self.offered
        rows = self._rows().filter(**{f"{moment}__isnull": False})
        first, last = (rows.order_by(order).values(moment)[:1] for order in (moment, f"-{moment}"))
        found = Cinema.objects.order_by().values_list(Subquery(first), Subquery(last))[:1]
        for earliest, latest in found:
            if earliest and latest:
                after = (latest + DAY).year  # it may be tomorrow on the clocks of the cinema
                years = range((earliest - DAY).year, after + 1)
                return range(max(years[0], YEARS[0]), min(years[-1], YEARS[-1]) + 1)
        return range(0)

    def _with_rows(self, periods: list[Period]) -> list[Period]:
        if not periods:
            return []
        _, moment, cinema = self.offered
        found = [
            Exists(
                self._rows().filter(
                    from_day_to_day(
                        *_days_of(period), moment=moment, cinema=cinema, zones=self.zones
                    )
                )
            )
            for period in periods
        ]
        for answers in Cinema.objects.order_by().values_list(*found)[:1]:
            return [period for period, answer in zip(periods, answers, strict=True) if answer]
        return []


class ShowDayFilter(DayFilter):
    """By the day on which a show starts, in lists of shows."""

    title = "day"
    moment, cinema, parameter = "starts_at", "screen__cinema", "starts_at__"
    offered = (Show, "starts_at", "screen__cinema")


def chosen_day(query: QueryDict, parameter: str) -> date | None:
    """Return the day that a filter with this parameter has, or None for a longer period."""
    try:
        year, month, day = (int(query.get(f"{parameter}{part}", "")) for part in PARTS)
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _period(asked: list[str]) -> Period:
    """Return the period of the parameters. Raises IncorrectLookupParameters."""
    given = [value for value in asked if value]
    try:
        period = tuple(map(int, given))
        if asked[: len(given)] != given or (period and period[0] not in YEARS):
            raise ValueError("A month needs its year, a day its month.")
        _days_of(period or (YEARS[0],))
    except (ValueError, OverflowError) as error:
        raise IncorrectLookupParameters(error) from error
    return period


def _days_of(period: Period) -> tuple[date, date]:
    """Return (its first day, the day after its last one). Raises ValueError."""
    match period:
        case (year,):
            return date(year, 1, 1), date(year + 1, 1, 1)
        case (year, month):
            first = date(year, month, 1)
            return first, (first + 31 * DAY).replace(day=1)
        case _:
            year, month, day = period
            first = date(year, month, day)
            return first, first + DAY


def _title(period: Period) -> str:
    if not period:
        return "Any date"
    first, _ = _days_of(period)
    return f"{first:{['%Y', '%B %Y', '%a %-d %B'][len(period) - 1]}}"
