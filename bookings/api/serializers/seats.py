"""Shapes of the seats of a show."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.api.examples import CATEGORY, SEAT
from bookings.occupancy import AVAILABLE, CLOSED
from core.http.fields import AMOUNT_SENT


class SeatCategoryOfHallSerializer(serializers.Serializer):
    name = serializers.CharField()
    color = serializers.CharField()
    is_accessible = serializers.BooleanField()
    is_companion = serializers.BooleanField()
    is_sold_in_pairs = serializers.BooleanField()
    has_restricted_view = serializers.BooleanField()


@extend_schema_field({"type": "object", "additionalProperties": AMOUNT_SENT})
class PricesField(serializers.DictField):
    """Amounts by ticket type, with the digits of their currency."""


class SeatSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    zone = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField(help_text="Its number within the row.")
    category = serializers.CharField()
    x = serializers.FloatField(
        help_text="Position in the hall, in units of the plan; the screen is above. So is y."
    )
    y = serializers.FloatField()
    status = serializers.ChoiceField(
        choices=[AVAILABLE, "held", "booked", "blocked", CLOSED],
        help_text="closed: not taken, but the show is not on sale now: see `on_sale` of the show.",
    )
    sold_with = serializers.CharField(
        allow_null=True, help_text="The partner of a couple seat: both are sold together."
    )
    prices = PricesField(
        help_text="By ticket type, the default first; empty: the show is free.",
    )
    text = serializers.CharField(help_text="For screen readers.")

    def to_representation(self, seat):
        """Return the seat as it is: `seat_list_of` makes it of values that JSON has."""
        return seat


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {"show": 12, "currency": "EUR", "categories": [CATEGORY], "seats": [SEAT]},
            response_only=True,
        )
    ]
)
class SeatListSerializer(serializers.Serializer):
    show = serializers.IntegerField(source="show.pk")
    currency = serializers.CharField(source="show.screen.cinema.currency")
    categories = SeatCategoryOfHallSerializer(many=True)
    seats = SeatSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                "show": 12,
                "is_cancelled": False,
                "on_sale": True,
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
    on_sale = serializers.BooleanField(help_text="Whether seats of the show are sold now.")
    total_seats = serializers.IntegerField()
    available_seats = serializers.IntegerField(
        help_text="The seats that can be booked now; 0 while the show is not on sale."
    )
    held = serializers.ListField(child=serializers.CharField())
    booked = serializers.ListField(child=serializers.CharField())
    blocked = serializers.ListField(child=serializers.CharField())
