"""Read-only lists with the actions that cancel: shared by the admin of orders and of bookings."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from bookings.admin.cancelling import cancel_selected
from bookings.admin.chosen import chosen_show
from bookings.admin.local_times import local_time
from bookings.admin.search import HELP, MAX_WORDS, search
from bookings.models import Booking, Order
from core.http.admin_deletion import DeletionAdmin
from core.money import shown, with_currency
from movies.admin.day_filters import DayFilter
from movies.admin.own_cinemas import OwnCinemasAdmin
from movies.models import Show


class StatusNowFilter(admin.SimpleListFilter):
    """Filter by the status as of now: a lapsed hold is expired, whatever its row says."""

    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return model_admin.model.Status.choices

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        return rows.with_status(self.value()) if self.value() else rows


class DayOfShowFilter(DayFilter):
    """By the day on which the show starts. Days are looked up among shows: they are fewer."""

    title = "day of the show"
    moment, cinema, parameter = "show__starts_at", "show__screen__cinema", "show_"
    offered = (Show, "starts_at", "screen__cinema")


def _amount(booking: Booking, amount: Decimal | None) -> str:
    return "-" if amount is None else shown(amount, booking.currency)


class SoldColumns:
    """Columns that orders and bookings share. Times are in the time zone of the cinema."""

    @admin.display(description="status", ordering="status")
    def now(self, row: Order | Booking) -> str:
        return row.status_now

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Order | Booking) -> str:
        return local_time(row.show, row.created_at)

    @admin.display(description="held until")
    def held_until(self, row: Order | Booking) -> str:
        """When the hold ends, or ended."""
        return local_time(row.show, row.expires_at)


class BookingColumns(SoldColumns):
    """Columns of bookings."""

    @admin.display(description="price", ordering="price")
    def cost(self, booking: Booking) -> str:
        return with_currency(booking.price, booking.currency)

    @admin.display(description="price")
    def amount(self, booking: Booking) -> str:
        """Its price, beside the currency of its order."""
        return _amount(booking, booking.price)

    @admin.display(description="refund", ordering="refund")
    def to_give_back(self, booking: Booking) -> str:
        """The part of its price to refund."""
        return _amount(booking, booking.refund)

    @admin.display(description="refund limit")
    def most_to_give_back(self, booking: Booking) -> str:
        return _amount(booking, booking.refund_limit)

    @admin.display(description="cancelled")
    def cancelled(self, booking: Booking) -> str:
        return local_time(booking.show, booking.cancelled_at)


class SoldAdmin(SoldColumns, OwnCinemasAdmin, DeletionAdmin):
    """Rows that only services write: staff cannot add, change or delete them.

    A table may have millions of rows. So lists are ordered by primary key, and the admin does not
    count all rows or the rows of each filter.
    """

    cinema = "show__screen__cinema"
    order: ClassVar[str]  # path to the order of a row, with `__`
    ordering = ["-id"]
    search_fields = ("show",)  # shows the field; `search` reads what is typed
    search_help_text = HELP
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # would count the rows of each filter's choices
    actions = ["cancel_by_rule", "cancel_in_full"]
    change_form_template = "admin/bookings/sold.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        if len(search_term.split()) > MAX_WORDS:
            sentence = f"Search for at most {MAX_WORDS} words."
            self.message_user(request, sentence, messages.WARNING)
            return queryset.none(), False
        found = search(queryset, search_term, order=self.order, show_id=chosen_show(request))
        return found, False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_refund_by_rule_permission(self, request: HttpRequest) -> bool:
        return self._may_change_or(request, "bookings.refund_by_rule")

    def has_refund_in_full_permission(self, request: HttpRequest) -> bool:
        return self._may_change_or(request, "bookings.refund_in_full")

    def _may_change_or(self, request: HttpRequest, permission: str) -> bool:
        """Cancelling is the only change of these rows: who may change them may do both."""
        rights = (f"bookings.change_{self.opts.model_name}", permission)
        return any(map(request.user.has_perm, rights))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "may_refund_by_rule": self.has_refund_by_rule_permission(request),
            "may_refund_in_full": self.has_refund_in_full_permission(request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    @admin.action(description="Cancel, refund by the cinema's rule", permissions=["refund_by_rule"])
    def cancel_by_rule(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return cancel_selected(self, request, queryset, is_full_refund=False)

    @admin.action(description="Cancel, refund the full price", permissions=["refund_in_full"])
    def cancel_in_full(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return cancel_selected(self, request, queryset, is_full_refund=True)
