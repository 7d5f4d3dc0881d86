"""Payments and refunds in the admin: to read, and to settle the refunds that need somebody."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from accounts.second_factor.gate import ensure_confirmed
from audit.looks import shows_customers
from bookings.admin.local_times import local_time
from core.errors import DomainError
from core.http.admin_deletion import explain
from core.money import with_currency
from movies.admin.own_cinemas import OwnCinemasAdmin
from outbox.admin import ReadOnlyAdmin
from payments import services
from payments.models import GatewayEvent, Payment, Refund

shows_customers("payments.payment")
shows_customers("payments.refund")

explain(Payment, "order", "It was paid for.")
explain(Payment, "recorded_by", "This user has recorded payments.")
explain(Refund, "settled_by", "This user has paid out refunds.")

MAX_ROWS = 100  # that an action changes at once


class MoneyAdmin(OwnCinemasAdmin):
    """Rows that only services write, of the cinemas of the user."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    path = ""  # from a row to its payment, with `__`

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            f"{self.path}order__show__movie", f"{self.path}order__show__screen__cinema"
        )

    @admin.display(description="order")
    def of_order(self, row: Payment | Refund) -> str:
        order = row.order if isinstance(row, Payment) else row.payment.order
        url = reverse("admin:bookings_order_change", args=[order.pk])
        return format_html('<a href="{}">{}</a>', url, order.code)

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Payment | Refund) -> str:
        return local_time(row.show, row.created_at)

    @admin.display(description="settled", ordering="settled_at")
    def settled(self, row: Payment | Refund) -> str:
        return local_time(row.show, row.settled_at)

    @admin.display(description="amount", ordering="amount")
    def cost(self, row: Payment | Refund) -> str:
        return with_currency(row.amount, row.currency)


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    cinema = "order__show__screen__cinema"
    list_display = ["created", "of_order", "kind", "status", "cost", "given_back", "settled"]
    list_display_links = ["created"]
    list_filter = ["status", "kind", cinema]
    search_fields = ["=order__code", "=reference"]
    search_help_text = "The whole code of an order, or the whole reference of a payment."
    fields = readonly_fields = (
        *("of_order", "kind", "status", "cost", "given_back", "reference", "intent", "created"),
        *("ends", "settled", "closed", "recorded_by"),
    )

    @admin.display(description="refunded", ordering="refunded")
    def given_back(self, payment: Payment) -> str:
        return with_currency(payment.refunded, payment.currency)

    @admin.display(description="can be paid until")
    def ends(self, payment: Payment) -> str:
        return local_time(payment.show, payment.expires_at)

    @admin.display(description="ended without money")
    def closed(self, payment: Payment) -> str:
        return local_time(payment.show, payment.closed_at)


class NeedFilter(admin.SimpleListFilter):
    """Refunds that wait for staff: failed ones, and those that no gateway makes."""

    title = "needs somebody"
    parameter_name = "need"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        if self.value() != "yes":
            return queryset
        by_hand = queryset.filter(status=Refund.Status.DUE, payment__kind__in=Payment.RECORDED)
        return by_hand | queryset.filter(status=Refund.Status.FAILED)


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    cinema = "payment__order__show__screen__cinema"
    path = "payment__"
    list_display = ["created", "of_order", "kind", "reason", "status", "cost", "error", "settled"]
    list_display_links = ["created"]
    list_filter = [NeedFilter, "status", "reason", "payment__kind", cinema]
    search_fields = ["=payment__order__code", "=reference"]
    search_help_text = "The whole code of an order, or the whole reference of a refund."
    fields = readonly_fields = (
        *("of_order", "payment", "kind", "reason", "status", "cost", "reference", "error"),
        *("created", "settled", "settled_by"),
    )
    actions = ["pay_out", "try_again"]

    @admin.display(description="payment by")
    def kind(self, refund: Refund) -> str:
        return refund.payment.get_kind_display()

    def has_pay_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.pay_out_refund")

    @admin.action(description="Paid out by hand", permissions=["pay_out"])
    def pay_out(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        self._each(request, queryset, services.pay_out_refund, "paid out")

    @admin.action(description="Try again", permissions=["pay_out"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        self._each(request, queryset, services.try_refund_again, "tried again")

    def _each(
        self,
        request: HttpRequest,
        refunds: QuerySet[Refund],
        service: Callable[..., object],
        done: str,
    ) -> None:
        """Run a service for each refund, and say what became of them. Needs a fresh password."""
        ensure_confirmed(request)
        assert isinstance(request.user, User)  # noqa: S101 - the admin has a user
        rows = list(refunds[: MAX_ROWS + 1])
        if len(rows) > MAX_ROWS:
            self.message_user(request, f"Select at most {MAX_ROWS} refunds.", messages.ERROR)
            return
        for refund in rows:
            try:
                service(refund=refund, by=request.user)
            except DomainError as refusal:
                self.message_user(request, f"{refund}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{refund}: {done}.", messages.SUCCESS)


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "gateway", "type", "event_id"]
    list_filter = ["gateway"]
    search_fields = ["=event_id"]
    search_help_text = "The whole id of a message."
    fields = readonly_fields = ("received_at", "gateway", "type", "event_id", "shown_body")
