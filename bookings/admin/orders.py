"""Orders and bookings in the admin: read, and cancel through the service."""

from django.contrib import admin, messages
from django.urls import path

from bookings import services
from bookings.admin.seat_history import seat_history
from bookings.admin.seats import show_seats
from bookings.errors import AlreadyCancelled, CancelTooLate
from bookings.models import Booking, Order


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only services write: nothing is added, changed or deleted by hand."""

    show_full_result_count = False  # counts all rows once more, and there may be millions

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class BookingInline(admin.TabularInline):
    model = Booking
    fields = ["seat_number", "status", "price", "currency", "cancelled_at", "cancelled_by"]
    readonly_fields = fields
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("cancelled_by")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["code", "customer", "show", "status", "total", "currency", "created_at"]
    list_filter = ["status", "show__screen__cinema"]
    list_select_related = ["customer", "show__movie", "show__screen__cinema"]
    search_fields = ["code", "customer__username", "customer__email", "show__movie__title"]
    date_hierarchy = "created_at"
    inlines = [BookingInline]


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = [
        "seat_number",
        "show",
        "customer",
        "order",
        "status",
        "price",
        "currency",
        "created_at",
        "cancelled_at",
        "cancelled_by",
    ]
    list_filter = ["status", "show__screen__cinema"]
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
    date_hierarchy = "created_at"
    actions = ["cancel"]

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
        return booking.order and booking.order.customer

    def has_cancel_permission(self, request):
        """The right to change a booking is the right to cancel it: nothing else changes."""
        return request.user.has_perm("bookings.change_booking")

    @admin.action(description="Cancel selected bookings", permissions=["cancel"])
    def cancel(self, request, queryset):
        cancelled = 0
        for booking in queryset:
            try:
                services.cancel_booking(
                    booking=booking, by=request.user, reason="Cancelled by staff"
                )
            except (AlreadyCancelled, CancelTooLate) as error:
                self.message_user(request, f"{booking}: {error.detail}", messages.WARNING)
            else:
                cancelled += 1
        if cancelled:
            self.message_user(request, f"Bookings cancelled: {cancelled}.", messages.SUCCESS)
