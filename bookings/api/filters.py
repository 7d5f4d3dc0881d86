"""Query parameters of a customer's bookings and orders."""

from typing import ClassVar

from django_filters import rest_framework as filters

from bookings.models import Booking, Order
from core.http.filters import YesNoFilter


class OwnFilter(filters.FilterSet):
    """The filters that bookings and orders share."""

    status = filters.ChoiceFilter(choices=Order.Status.choices, method="with_status")
    upcoming = YesNoFilter(
        method="upcoming_or_past",
        help_text="`true`: of shows that have not started; `false`: of shows that have.",
    )

    def with_status(self, rows, name, value):
        return rows.with_status(value)

    def upcoming_or_past(self, rows, name, value):
        return rows.upcoming() if value else rows.past()


class BookingFilter(OwnFilter):
    class Meta:
        model = Booking
        fields: ClassVar[list[str]] = []


class OrderFilter(OwnFilter):
    class Meta:
        model = Order
        fields: ClassVar[list[str]] = []
