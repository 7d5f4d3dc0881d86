"""Shapes of bookings."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from bookings.api.examples import BOOKING
from bookings.api.serializers.fields import (
    SeatOfHallSerializer,
    StatusField,
    TicketTypeNameField,
)
from bookings.models import Booking
from core.http.fields import RowNumberField, ShownAmountField
from movies.api.serializers.fields import CinemaTimeField, TimeZoneField


class FailedSeatSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    code = serializers.CharField()


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    seats = FailedSeatSerializer(many=True)


@extend_schema_serializer(examples=[OpenApiExample("answer", BOOKING, response_only=True)])
class BookingSerializer(SeatOfHallSerializer, serializers.ModelSerializer):
    """Times are sent with the offset of the show's cinema."""

    id = RowNumberField()
    movie = serializers.IntegerField(source="show.movie_id", read_only=True)
    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    poster_url = serializers.CharField(source="show.movie.poster_url", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    time_zone = TimeZoneField("show.screen.cinema.time_zone")
    created_at = CinemaTimeField(read_only=True)
    cancelled_at = CinemaTimeField(read_only=True, allow_null=True)
    status = StatusField()
    ticket_type = TicketTypeNameField()
    price = ShownAmountField()
    refund = ShownAmountField(allow_null=True)
    order = serializers.CharField(source="order.code", read_only=True)

    class Meta:
        model = Booking
        fields = [
            "id",
            "show",
            "movie",
            "movie_title",
            "poster_url",
            "cinema_name",
            "screen_name",
            "starts_at",
            "time_zone",
            "seat_number",
            "zone",
            "row",
            "seat",
            "category",
            "ticket_type",
            "status",
            "price",
            "refund",
            "currency",
            "created_at",
            "cancelled_at",
            "order",
        ]
        read_only_fields = fields


@extend_schema_serializer(
    examples=[OpenApiExample("answer", {**BOOKING, "warnings": []}, response_only=True)]
)
class BookedSerializer(BookingSerializer):
    """The sale of one seat: its booking, with warnings."""

    warnings = WarningSerializer(many=True, read_only=True)

    class Meta(BookingSerializer.Meta):
        fields = [*BookingSerializer.Meta.fields, "warnings"]

    def to_representation(self, sale):
        """Represent a Sale: its one booking, and the warnings of its selection."""
        [booking] = sale.bookings
        warnings = self.fields["warnings"].to_representation(sale.selection.warnings)
        return {**super().to_representation(booking), "warnings": warnings}
