"""Shapes of bookings."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.models import Booking
from movies.seat_number import MAX_LENGTH, seat_number_from
from movies.serializers.fields import CinemaTimeField


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
        "invalid": "A seat number has 1 to 32 letters A to Z and digits, nothing else.",
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
    examples=[
        OpenApiExample("request", {"seat_number": "A7", "ticket_type": "Child"}, request_only=True)
    ]
)
class BookSeatSerializer(serializers.Serializer):
    seat_number = SeatNumberField()
    ticket_type = serializers.CharField(
        max_length=50, required=False, help_text="Such as Child; left out, the first of the prices."
    )


class SeatNumbersField(serializers.ListField):
    """Some seats of a show, each once."""

    child = SeatNumberField()

    def __init__(self, **kwargs):
        super().__init__(min_length=1, max_length=5000, **kwargs)

    def to_internal_value(self, data):
        return list(dict.fromkeys(super().to_internal_value(data)))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request", {"seat_numbers": ["A1", "A2"], "reason": "Broken"}, request_only=True
        )
    ]
)
class BlockSeatsSerializer(serializers.Serializer):
    seat_numbers = SeatNumbersField()
    reason = serializers.CharField(max_length=200)


class UnblockSeatsSerializer(BlockSeatsSerializer):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


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
                "seat_number": "A7",
                "ticket_type": "Adult",
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
    ticket_type = serializers.SlugRelatedField(slug_field="name", read_only=True)
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
            "ticket_type",
            "status",
            "price",
            "currency",
            "created_at",
            "cancelled_at",
            "order",
        ]
        read_only_fields = fields


SEAT = {
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "x": 180.0,
    "y": 150.0,
    "status": "available",
    "prices": {"Adult": "9.50", "Child": "7.00"},
    "text": "Row F, seat 7, aisle, standard, available, 9.50 EUR",
}


class SeatSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    zone = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField(help_text="The number in its row.")
    category = serializers.CharField()
    x = serializers.FloatField(help_text="Place in the hall, the screen above; y likewise.")
    y = serializers.FloatField()
    status = serializers.ChoiceField(choices=["available", "held", "booked", "blocked"])
    prices = serializers.DictField(
        child=serializers.DecimalField(max_digits=8, decimal_places=2),
        help_text="By ticket type, the default first; empty: the show is free.",
    )
    text = serializers.CharField(help_text="For screen readers.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer", {"show": 12, "currency": "EUR", "seats": [SEAT]}, response_only=True
        )
    ]
)
class SeatsSerializer(serializers.Serializer):
    show = serializers.IntegerField(source="show.pk")
    currency = serializers.CharField(source="show.screen.cinema.currency")
    seats = SeatSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                "show": 12,
                "is_cancelled": False,
                "total_seats": 120,
                "available_seats": 117,
                "held": ["F7"],
                "booked": ["A1"],
                "blocked": ["B12"],
            },
            response_only=True,
        )
    ]
)
class AvailabilitySerializer(serializers.Serializer):
    show = serializers.IntegerField()
    is_cancelled = serializers.BooleanField()
    total_seats = serializers.IntegerField()
    available_seats = serializers.IntegerField()
    held = serializers.ListField(child=serializers.CharField())
    booked = serializers.ListField(child=serializers.CharField())
    blocked = serializers.ListField(child=serializers.CharField())
