"""Query parameters of a customer's bookings."""

from django_filters import rest_framework as filters

from bookings.models import Booking
from movies.filters import YesNoFilter


class BookingFilter(filters.FilterSet):
    status = filters.ChoiceFilter(
        choices=[choice for choice in Booking.Status.choices if choice[0] != "blocked"]
    )
    upcoming = YesNoFilter(
        method="upcoming_or_past", help_text="`true`: of shows yet to start; `false`: of past ones."
    )

    class Meta:
        model = Booking
        fields = []

    def upcoming_or_past(self, bookings, name, value):
        return bookings.upcoming() if value else bookings.past()
