"""Orders in the admin: read, and cancelled through the services."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.looks import shows_customers
from bookings.admin.cancelling import selected_orders
from bookings.admin.chosen import CustomerFilter, ShowFilter
from bookings.admin.local_times import local_time
from bookings.admin.moved import ReasonColumn, note_moves_elsewhere
from bookings.admin.sold import (
    BookingColumns,
    DayOfShowFilter,
    SoldAdmin,
    StatusNowFilter,
)
from bookings.models import Booking, BookingQuerySet, Order, OrderQuerySet
from bookings.results import OrderState
from core.http.admin_deletion import explain
from core.money import with_currency
from movies.admin.day_filters import DayFilter
from movies.staff_cinemas import within_cinemas

shows_customers("bookings.order")

explain(Order, "show", "")  # its bookings say why
explain(Order, "customer", "This user has orders.")

BOOKING_COLUMNS = (
    "seat_number",
    "now",
    "ticket_type",
    "amount",
    "to_give_back",
    "payment_reference",
    "cancelled",
    "cancelled_by",
    "reason",
)


class BookingInline(BookingColumns, ReasonColumn, admin.TabularInline):
    model = Booking
    fields = BOOKING_COLUMNS
    readonly_fields = BOOKING_COLUMNS
    ordering = ["id"]
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        """Leave out bookings of other cinemas from which the order was moved here."""
        bookings = cast(BookingQuerySet, super().get_queryset(request))
        bookings = within_cinemas(bookings, request.user, "show__screen__cinema")
        bookings = bookings.with_places().select_related("cancelled_by")
        return note_moves_elsewhere(bookings, request)


class OrderCreatedFilter(DayFilter):
    title = "created"
    moment, cinema, parameter = "created_at", "show__screen__cinema", "created_"
    offered = (Order, "created_at", "show__screen__cinema")


@admin.register(Order)
class OrderAdmin(SoldAdmin):
    list_display = [
        "code",
        "customer",
        "now",
        "cost",
        "refund",
        "show",
        "seats",
        "created",
        "held_until",
    ]
    list_filter = [
        StatusNowFilter,
        CustomerFilter,
        DayOfShowFilter,
        ShowFilter,
        OrderCreatedFilter,
        "show__screen__cinema",
    ]
    order = ""
    fields = [
        "code",
        "customer",
        "show",
        "now",
        "cost",
        "refund",
        "created",
        "held_until",
        "extendable",
    ]
    readonly_fields = ["now", "cost", "refund", "created", "held_until", "extendable"]
    inlines = [BookingInline]

    selected = staticmethod(selected_orders)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return cast(OrderQuerySet, super().get_queryset(request)).with_bookings()

    def seats(self, order: Order) -> str:
        """The seats that the order has; of an ended order those that it had."""
        state = OrderState.of(order)
        return ", ".join(booking.seat_number for booking in state.latest)

    @admin.display(description="total", ordering="total")
    def cost(self, order: Order) -> str:
        """The price of the seats that the order has."""
        return with_currency(order.total, order.currency)

    @admin.display(description="to refund")
    def refund(self, order: Order) -> str:
        """The sum of the refunds of its cancelled seats."""
        bookings = OrderState.of(order).bookings
        refunds = [booking.refund for booking in bookings if booking.refund is not None]
        return with_currency(sum(refunds), order.currency) if refunds else "-"

    @admin.display(description="can be held until")
    def extendable(self, order: Order) -> str:
        return local_time(order.show, order.extendable_until)
