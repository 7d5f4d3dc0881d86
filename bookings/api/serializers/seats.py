"""Shapes of the seats of a show."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

SEAT = {
    "seat_number": "F7",
    "zone": "Hall",
    "row": "F",
    "seat": "7",
    "category": "Standard",
    "x": 180.0,
    "y": 150.0,
    "status": "available",
    "sold_with": None,
    "prices": {"Adult": "9.50", "Child": "7.00"},
    "text": "Row F, seat 7, aisle, standard, available, 9.50 EUR",
}


CATEGORY = {
    "name": "Standard",
    "color": "#4a7fb5",
    "is_accessible": False,
    "is_companion": False,
    "is_sold_in_pairs": False,
    "has_restricted_view": False,
}


class SeatCategoryOfHallSerializer(serializers.Serializer):
    name = serializers.CharField()
    color = serializers.CharField()
    is_accessible = serializers.BooleanField()
    is_companion = serializers.BooleanField()
    is_sold_in_pairs = serializers.BooleanField()
    has_restricted_view = serializers.BooleanField()


class SeatSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    zone = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField(help_text="The number in its row.")
    category = serializers.CharField()
    x = serializers.FloatField(help_text="Place in the hall, the screen above; y likewise.")
    y = serializers.FloatField()
    status = serializers.ChoiceField(choices=["available", "held", "booked", "blocked"])
    sold_with = serializers.CharField(
        allow_null=True, help_text="The other half of a couple seat: both, or none."
    )
    prices = serializers.DictField(
        child=serializers.DecimalField(max_digits=8, decimal_places=2),
        help_text="By ticket type, the default first; empty: the show is free.",
    )
    text = serializers.CharField(help_text="For screen readers.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {"show": 12, "currency": "EUR", "categories": [CATEGORY], "seats": [SEAT]},
            response_only=True,
        )
    ]
)
class SeatsSerializer(serializers.Serializer):
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
