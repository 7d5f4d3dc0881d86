"""Bookings in the admin: read, and cancelled through the services. Also the pages of seats."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from audit.looks import page_shows_customers, shows_customers
from bookings.admin.cancelling import selected_bookings
from bookings.admin.chosen import CustomerOfOrderFilter, ShowFilter
from bookings.admin.local_times import local_time
from bookings.admin.moved import ReasonColumn, note_moves_elsewhere
from bookings.admin.seat_history import seat_history
from bookings.admin.seats import show_seats
from bookings.admin.sold import BookingColumns, DayOfShowFilter, SoldAdmin, StatusNowFilter
from bookings.models import Booking
from core.http.admin_deletion import explain
from movies.admin.day_filters import DayFilter

shows_customers("bookings.booking")
page_shows_customers("bookings_seat_history", about="movies.show", key="pk")

explain(Booking, "show", "Tickets were sold.", Q(booked_at__isnull=False))
explain(Booking, "show", "Seats were held.", Q(order__isnull=False, booked_at=None))
explain(Booking, "show", "Seats were blocked by staff.", Q(order=None))
explain(Booking, "ticket_type", "Tickets of this type were sold.")
explain(Booking, "cancelled_by", "This user has cancelled bookings.")
explain(Booking, "blocked_by", "This user has blocked seats.")


class BookingCreatedFilter(DayFilter):
    title = "created"
    moment, cinema, parameter = "created_at", "show__screen__cinema", "created_"
    offered = (Booking, "created_at", "show__screen__cinema")


class BookedFilter(DayFilter):
    title = "booked"
    moment, cinema, parameter = "booked_at", "show__screen__cinema", "booked_"
    offered = (Booking, "booked_at", "show__screen__cinema")


@admin.register(Booking)
class BookingAdmin(BookingColumns, ReasonColumn, SoldAdmin):
    list_display = [
        "seat_number",
        "order",
        "customer",
        "now",
        "cost",
        "to_give_back",
        "show",
        "created",
        "held_until",
        "cancelled",
        "cancelled_by",
    ]
    list_select_related = [
        "order",
        "customer",
        "show__movie",
        "show__screen__cinema",
        "cancelled_by",
    ]
    list_filter = [
        StatusNowFilter,
        CustomerOfOrderFilter,
        DayOfShowFilter,
        ShowFilter,
        BookingCreatedFilter,
        BookedFilter,
        "show__screen__cinema",
    ]
    order = "order__"
    fieldsets = [
        (None, {"fields": ["seat_number", "show", "order", "customer", "now"]}),
        ("Price", {"fields": ["ticket_type", "cost", "payment_reference"]}),
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
                    "reason",
                    "to_give_back",
                    "most_to_give_back",
                    "end_request_id",
                ]
            },
        ),
        ("Kept off sale", {"fields": ["blocked_by", "block_reason"]}),
    ]
    readonly_fields = [
        "customer",
        "now",
        "cost",
        "to_give_back",
        "most_to_give_back",
        "created",
        "held_until",
        "booked",
        "cancelled",
        "reason",
    ]

    selected = staticmethod(selected_bookings)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        return note_moves_elsewhere(super().get_queryset(request), request)

    def get_urls(self) -> list[URLPattern]:
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

    @admin.display(description="booked")
    def booked(self, booking: Booking) -> str:
        return local_time(booking.show, booking.booked_at)
