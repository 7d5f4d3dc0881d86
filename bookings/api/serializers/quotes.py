"""Shapes of quotes and of previews of a cancellation."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from bookings.api.examples import PREVIEW, QUOTE
from bookings.api.serializers.bookings import WarningSerializer
from bookings.api.serializers.fields import SeatLabelField
from bookings.api.serializers.orders import ChoiceField
from core.http.fields import ShownAmountField
from movies.api.serializers.fields import CinemaTimeField


class QuoteLineSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    zone = SeatLabelField("zone")
    row = SeatLabelField("row")
    seat = SeatLabelField("seat")
    category = serializers.CharField(source="seat.category")
    ticket_type = serializers.CharField(allow_null=True)
    price = ShownAmountField()


@extend_schema_serializer(examples=[OpenApiExample("answer", QUOTE, response_only=True)])
class QuoteSerializer(serializers.Serializer):
    """The price of a selection of seats."""

    show = serializers.IntegerField(source="show.pk")
    total = ShownAmountField("show.screen.cinema.currency", source="selection.total")
    currency = serializers.CharField(source="show.screen.cinema.currency")
    lines = QuoteLineSerializer(many=True)
    choice = ChoiceField()
    warnings = WarningSerializer(source="selection.warnings", many=True)


class PreviewLineSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    price = ShownAmountField()
    refund = ShownAmountField()


@extend_schema_serializer(examples=[OpenApiExample("answer", PREVIEW, response_only=True)])
class PreviewSerializer(serializers.Serializer):
    """The refund of a cancellation, now and after the next change by the refund rule."""

    order = serializers.CharField(source="order.code")
    currency = serializers.CharField(source="order.currency")
    percent = serializers.IntegerField(help_text="Of the price, by the cinema's refund rule.")
    refund = ShownAmountField("order.currency")
    seats = PreviewLineSerializer(many=True)
    changes_at = CinemaTimeField(
        allow_null=True,
        help_text="After this time the refund is smaller; null: it does not change.",
    )
    percent_then = serializers.IntegerField(allow_null=True)
    refund_then = ShownAmountField("order.currency", allow_null=True)
