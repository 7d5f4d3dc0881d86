"""Shapes of bookings."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.models import Booking
from bookings.seat_number import MAX_LENGTH, seat_number_from
from movies.serializers import CinemaTimeField


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": f"^ *[A-Za-z0-9]{{1,{MAX_LENGTH}}} *$"},
            {"type": "integer", "minimum": 0, "maximum": 10**MAX_LENGTH - 1},
        ],
        "example": "7",
    }
)
class SeatNumberField(serializers.Field):
    """A seat number, read into its one spelling."""

    default_error_messages = {
        "not_a_string": 'A seat number is a string such as "12" or "A12".',
        "invalid": "A seat number has 1 to 16 letters A to Z and digits, nothing else.",
    }

    def to_internal_value(self, data):
        try:
            return seat_number_from(data)
        except TypeError:
            self.fail("not_a_string")
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value):
        return value


@extend_schema_serializer(
    examples=[OpenApiExample("request", {"seat_number": "7"}, request_only=True)]
)
class BookSeatSerializer(serializers.Serializer):
    seat_number = SeatNumberField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                "id": 41,
                "show": 12,
                "movie_title": "Spirited Away",
                "cinema_name": "Astoria",
                "screen_name": "Screen 2",
                "starts_at": "2026-11-27T20:15:00+00:00",
                "seat_number": "7",
                "status": "booked",
                "price": "9.50",
                "currency": "GBP",
                "created_at": "2026-11-22T17:03:11.482913+00:00",
                "cancelled_at": None,
                "order": "7GQ2MXK4TD",
            },
            response_only=True,
        )
    ]
)
class BookingSerializer(serializers.ModelSerializer):
    """Times are sent with the offset of the show's cinema."""

    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    created_at = CinemaTimeField(read_only=True)
    cancelled_at = CinemaTimeField(read_only=True, allow_null=True)
    order = serializers.CharField(source="order.code", read_only=True)

    class Meta:
        model = Booking
        fields = [
            "id",
            "show",
            "movie_title",
            "cinema_name",
            "screen_name",
            "starts_at",
            "seat_number",
            "status",
            "price",
            "currency",
            "created_at",
            "cancelled_at",
            "order",
        ]
        read_only_fields = fields
