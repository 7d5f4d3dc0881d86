"""The page of a user, with the orders of that customer."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin import AccountAdmin
from accounts.models import User
from accounts.second_factor.gate import ensure_confirmed
from bookings.admin.chosen import customers_within
from bookings.models import Order
from bookings.results import OrderState
from core.http.admin_guard import ID
from core.money import with_currency
from movies.models import StaffCinema
from movies.staff_cinemas import cinemas_of, within_cinemas

MAX_ORDERS = 10

# accounts is below this app and knows no orders, so its page is replaced by one that does.
admin.site.unregister(User)


class StaffCinemaInline(admin.TabularInline):
    """The cinemas that a member of staff is limited to; a right, so only superusers set it."""

    model = StaffCinema
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(User)
class CustomerAdmin(AccountAdmin):
    change_form_template = "admin/bookings/customer.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return customers_within(super().get_queryset(request), request.user)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep customers of other cinemas from staff of some: a password acts for all orders."""
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or not _buys_elsewhere(request, obj))

    def may_handle_data(self, request: HttpRequest, user: User) -> bool:
        may_handle = super().may_handle_data(request, user) and not _buys_elsewhere(request, user)
        is_unknown = user.pk is None
        return may_handle and (is_unknown or self.get_queryset(request).filter(pk=user.pk).exists())

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse to find customers by orders, which may be of other cinemas."""
        return not lookup.startswith("orders") and super().lookup_allowed(lookup, value, request)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        """Show the cinemas of staff; superusers work in all."""
        is_limitable = obj is not None and obj.is_staff and not obj.is_superuser
        return [StaffCinemaInline] if is_limitable else []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the cinemas; as a change of rights, it needs a fresh password."""
        if formset.has_changed():
            ensure_confirmed(request)
        super().save_formset(request, form, formset, change)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**_orders_of(request, unquote(object_id)), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)


def _buys_elsewhere(request: HttpRequest, user: User) -> bool:
    """Return whether the user has orders at cinemas in which the member of staff does not work."""
    own = cinemas_of(request.user)
    if own is None or user.pk is None:
        return False
    return Order.objects.filter(customer=user).exclude(show__screen__cinema__in=own).exists()


def _orders_of(request: HttpRequest, pk: str) -> dict[str, Any]:
    """Return what the page shows of the customer's latest orders. Two queries."""
    orders_admin = admin.site.get_model_admin(Order)
    if not orders_admin.has_view_permission(request) or not ID.fullmatch(pk):
        return {}
    found = within_cinemas(Order.objects.with_bookings(), request.user, "show__screen__cinema")
    found = found.filter(customer=cast(Any, int(pk))).order_by("-id")
    orders = list(found[: MAX_ORDERS + 1])
    return {
        "orders": [_row(order) for order in orders[:MAX_ORDERS]],
        "has_orders": True,
        "has_more_orders": len(orders) > MAX_ORDERS,
    }


def _row(order: Order) -> dict[str, Any]:
    return {
        "order": order,
        "seats": ", ".join(booking.seat_number for booking in OrderState.of(order).latest),
        "total": with_currency(order.total, order.currency),
    }
