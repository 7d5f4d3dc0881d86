"""Filters of orders and bookings by one show or one customer, chosen here or by a link."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from bookings.models import Order
from core.http.admin_guard import ID
from movies.admin.day_filters import chosen_day
from movies.models import Show
from movies.staff_cinemas import cinemas_of, within_cinemas

CUSTOMER, SHOW, CINEMA = "customer", "show", "show__screen__cinema__id__exact"
MAX_OFFERED = 50
RECENT, SOON = timedelta(hours=6), timedelta(hours=18)


class RowFilter(admin.ListFilter):
    """By the row whose primary key is in the parameter."""

    parameter: ClassVar[str]
    path: ClassVar[str]  # from the rows of the list

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.request = request
        self.pk = _pk(params.pop(self.parameter, [""])[-1])

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def has_output(self) -> bool:
        return self.pk is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.pk is None else queryset.filter(**{self.path: self.pk})

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": self.pk is None,
            "query_string": changelist.get_query_string(remove=[self.parameter]),
            "display": f"Any {self.title}",
        }
        for row in self.rows():
            yield {
                "selected": row.pk == self.pk,
                "query_string": changelist.get_query_string({self.parameter: row.pk}),
                "display": self.name_of(row),
            }

    def rows(self) -> Sequence[Any]:
        """Return the rows to choose from, with the chosen one."""
        raise NotImplementedError

    def name_of(self, row: Any) -> str:
        return str(row)


class ShowFilter(RowFilter):
    """By show. It offers the shows of the chosen day, or those around this hour."""

    title = parameter = path = SHOW

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.cinema = _pk(request.GET.get(CINEMA, ""))

    def has_output(self) -> bool:
        return True

    def rows(self) -> Sequence[Show]:
        shows = within_cinemas(Show.objects.with_places(), self.request.user, "screen__cinema")
        chosen = list(shows.filter(pk=self.pk)) if self.pk is not None else []
        if self.cinema is not None:
            shows = shows.filter(screen__cinema=cast(Any, self.cinema))
        if day := chosen_day(self.request.GET, "show_"):
            shows = shows.on_day(day)
        else:
            now = timezone.now()
            shows = shows.filter(starts_at__gte=now - RECENT, starts_at__lt=now + SOON)
        offered = [show for show in shows[:MAX_OFFERED] if show.pk != self.pk]
        return [*chosen, *offered]

    def name_of(self, row: Show) -> str:
        return f"{row.local(row.starts_at):%a %-d %b %H:%M} {row.movie}, {row.screen}"


class CustomerFilter(RowFilter):
    """By customer. It appears only after a link to the orders of one."""

    title = parameter = CUSTOMER
    path = "customer"

    def rows(self) -> Sequence[User]:
        if self.pk is None:
            return []
        return list(customers_within(User.objects.filter(pk=self.pk), self.request.user))


class CustomerOfOrderFilter(CustomerFilter):
    path = "order__customer"


def customers_within(users: QuerySet[User], staff: Any) -> QuerySet[User]:
    """Leave staff of some cinemas the customers who have orders there, and themselves."""
    own = cinemas_of(staff)
    if own is None:
        return users
    orders = Order.objects.filter(customer=OuterRef("pk"), show__screen__cinema__in=own).order_by()
    return users.filter(Exists(orders) | Q(pk=staff.pk))


def chosen_show(request: HttpRequest) -> int | None:
    """Return the primary key in the parameter of ShowFilter. Raises IncorrectLookupParameters."""
    return _pk(request.GET.get(SHOW, ""))


def _pk(value: str) -> int | None:
    """Return the id. Raises IncorrectLookupParameters, which a filter may raise only when made."""
    if not value:
        return None
    if not ID.fullmatch(value):
        raise IncorrectLookupParameters(f"{value!r} is no id.")
    return int(value)
