"""Orders and bookings in the admin: read, and cancelled through the services."""

from django.contrib import admin
from django.urls import path

from bookings.admin.cancelling import cancel_chosen, chosen_bookings, chosen_orders
from bookings.admin.seat_history import clock_time, seat_history
from bookings.admin.seats import show_seats
from bookings.models import Booking, Order
from bookings.results import OrderState


class StatusNowFilter(admin.SimpleListFilter):
    """As the lists say it: a hold whose time is over is expired, whatever its row says."""

    title = parameter_name = "status"

    def lookups(self, request, model_admin):
        return model_admin.model.Status.choices

    def queryset(self, request, rows):
        return rows.with_status(self.value()) if self.value() else rows


class OfAShow:
    """What rows of a show say alike; times by the clocks of its cinema."""

    @admin.display(description="status", ordering="status")
    def now(self, row):
        return row.status_now

    @admin.display(description="created", ordering="created_at")
    def created(self, row):
        return clock_time(row.show, row.created_at)

    @admin.display(description="held until")
    def held_until(self, row):
        """Also of a hold that ended: until when it was."""
        return clock_time(row.show, row.expires_at)

    @admin.display(description="cancelled")
    def cancelled(self, booking):
        return clock_time(booking.show, booking.cancelled_at)


class SoldAdmin(OfAShow, admin.ModelAdmin):
    """Rows that only services write: nothing is added, changed or deleted by hand.

    There may be millions, so lists go by the primary key, and count and look through all rows no
    more often than they must.
    """

    ordering = ["-id"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for each choice of each filter
    list_filter = [StatusNowFilter, "created_at", "show__screen__cinema"]
    actions = ["cancel_by_rule", "cancel_in_full"]
    change_form_template = "admin/bookings/sold.html"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_cancel_permission(self, request):
        """The right to change a row is the right to cancel it: nothing else changes."""
        return request.user.has_perm(f"bookings.change_{self.opts.model_name}")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_cancel": self.has_cancel_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.action(description="Cancel, refund by the cinema's rule", permissions=["cancel"])
    def cancel_by_rule(self, request, queryset):
        return cancel_chosen(self, request, queryset, is_full_refund=False)

    @admin.action(description="Cancel, refund the full price", permissions=["cancel"])
    def cancel_in_full(self, request, queryset):
        return cancel_chosen(self, request, queryset, is_full_refund=True)


class BookingInline(OfAShow, admin.TabularInline):
    model = Booking
    fields = [
        "seat_number",
        "now",
        "ticket_type",
        "price",
        "refund",
        "payment_reference",
        "cancelled",
        "cancelled_by",
        "cancel_reason",
    ]
    readonly_fields = fields
    ordering = ["id"]
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).with_places().select_related("cancelled_by")


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
    search_fields = ["code", "customer__username", "customer__email", "show__movie__title"]
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

    chosen = staticmethod(chosen_orders)

    def get_queryset(self, request):
        return super().get_queryset(request).with_bookings()

    def seats(self, order):
        """The seats that it has, or had last."""
        state = OrderState.of(order)
        return ", ".join(booking.seat_number for booking in state.active or state.bookings)

    @admin.display(description="total", ordering="total")
    def cost(self, order):
        """Of the seats that it has."""
        return f"{order.total:.2f} {order.currency}"

    @admin.display(description="to give back")
    def refund(self, order):
        """The sum for its cancelled seats."""
        bookings = OrderState.of(order).bookings
        refunds = [booking.refund for booking in bookings if booking.refund is not None]
        return f"{sum(refunds):.2f} {order.currency}" if refunds else "-"

    @admin.display(description="can be held until")
    def extendable(self, order):
        return clock_time(order.show, order.extendable_until)


@admin.register(Booking)
class BookingAdmin(SoldAdmin):
    list_display = [
        "seat_number",
        "order",
        "customer",
        "now",
        "cost",
        "refund",
        "show",
        "created",
        "held_until",
        "cancelled",
        "cancelled_by",
    ]
    list_select_related = [
        "order__customer",
        "show__movie",
        "show__screen__cinema",
        "cancelled_by",
    ]
    search_fields = [
        "seat_number",
        "order__code",
        "order__customer__username",
        "order__customer__email",
        "show__movie__title",
    ]
    fieldsets = [
        (None, {"fields": ["seat_number", "show", "order", "customer", "now"]}),
        ("Price", {"fields": ["ticket_type", "price", "currency", "payment_reference"]}),
        (
            "Made",
            {"fields": ["created", "request_id", "held_until", "booked", "booked_request_id"]},
        ),
        (
            "Ended",
            {
                "fields": [
                    "cancelled",
                    "cancelled_by",
                    "cancel_reason",
                    "refund",
                    "refund_limit",
                    "end_request_id",
                ]
            },
        ),
        ("Kept off sale", {"fields": ["blocked_by", "block_reason"]}),
    ]
    readonly_fields = ["customer", "now", "created", "held_until", "booked", "cancelled"]

    chosen = staticmethod(chosen_bookings)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("show/<int:pk>/", view(show_seats), name="bookings_show_seats"),
            path(
                "show/<int:pk>/seat/<str:seat_number>/",
                view(seat_history),
                name="bookings_seat_history",
            ),
            *super().get_urls(),
        ]

    @admin.display(ordering="order__customer__username")
    def customer(self, booking):
        return booking.order.customer if booking.order else "-"

    @admin.display(description="price", ordering="price")
    def cost(self, booking):
        return f"{booking.price:.2f} {booking.currency}"

    @admin.display(description="booked")
    def booked(self, booking):
        return clock_time(booking.show, booking.booked_at)
