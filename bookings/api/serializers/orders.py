"""Shapes of orders."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.api.examples import BOOKED_ORDER, CHOICE, HELD_ORDER, WARNING
from bookings.api.serializers.bookings import WarningSerializer
from bookings.api.serializers.fields import (
    SeatOfHallSerializer,
    StatusField,
    TicketTypeNameField,
)
from bookings.models import Booking
from bookings.results import OrderState
from core.http.fields import RowNumberField, ShownAmountField
from movies.api.serializers.fields import CinemaTimeField, TimeZoneField


class OrderLineSerializer(SeatOfHallSerializer, serializers.ModelSerializer):
    """One seat of an order."""

    id = RowNumberField()
    status = StatusField()
    ticket_type = TicketTypeNameField()
    price = ShownAmountField()
    refund = ShownAmountField(allow_null=True)
    cancelled_at = CinemaTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Booking
        fields = [
            "id",
            "show",
            "seat_number",
            "zone",
            "row",
            "seat",
            "category",
            "ticket_type",
            "status",
            "price",
            "refund",
            "cancelled_at",
            "cancel_reason",
        ]
        read_only_fields = fields


@extend_schema_serializer(examples=[OpenApiExample("answer", HELD_ORDER, response_only=True)])
class OrderSerializer(serializers.Serializer):
    """Times are sent with the offset of the show's cinema."""

    code = serializers.CharField(source="order.code", read_only=True)
    status = StatusField(source="order.status_now")
    show = serializers.IntegerField(source="order.show_id", read_only=True)
    movie = serializers.IntegerField(source="show.movie_id", read_only=True)
    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    poster_url = serializers.CharField(source="show.movie.poster_url", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    time_zone = TimeZoneField("show.screen.cinema.time_zone")
    total = ShownAmountField(
        "order.currency",
        source="order.total",
        help_text="The price of its bookings, without cancelled ones.",
    )
    currency = serializers.CharField(source="order.currency", read_only=True)
    paid = ShownAmountField(
        "order.currency",
        source="balance.paid",
        help_text="What was paid, less what was refunded. A `payment_reference` is a note and pays "
        "nothing.",
    )
    due = ShownAmountField(
        "order.currency", source="balance.due", help_text="What is still to pay for its seats."
    )
    refundable = ShownAmountField(
        "order.currency",
        source="balance.refundable",
        help_text="The most that can still be refunded: never more than was paid.",
    )
    created_at = CinemaTimeField(source="order.created_at", read_only=True)
    expires_at = CinemaTimeField(source="order.expires_at", read_only=True, allow_null=True)
    expires_in = serializers.IntegerField(
        source="order.expires_in",
        read_only=True,
        allow_null=True,
        help_text="Seconds until `expires_at`, rounded down, at the time of the response. A "
        "replayed response has those of the first one. null: the order is not held.",
    )
    extendable_until = CinemaTimeField(
        source="order.extendable_until", read_only=True, allow_null=True
    )
    payment_reference = serializers.CharField(read_only=True)
    bookings = OrderLineSerializer(
        source="latest",
        many=True,
        read_only=True,
        help_text="The seats of the order now; of a cancelled or expired order those that it had "
        "last.",
    )
    former_bookings = OrderLineSerializer(
        source="former",
        many=True,
        read_only=True,
        help_text="The seats that it had before: exchanged by `move/`, or cancelled while the "
        "order kept others. They may be of another show.",
    )

    def to_representation(self, order):
        """Represent the result of a service, or an order loaded `with_bookings()`."""
        state = order if isinstance(order, OrderState) else OrderState.of(order)
        return super().to_representation(state)


class ChoiceSerializer(serializers.Serializer):
    """How the best seats fit, and which of them are side by side."""

    outcome = serializers.ChoiceField(choices=["side_by_side", "single_seat_left", "split"])
    groups = serializers.ListField(
        source="choice.groups", child=serializers.ListField(child=serializers.CharField())
    )


@extend_schema_field(ChoiceSerializer(allow_null=True))
class ChoiceField(serializers.Field):
    """The choice of the best seats; null where seats were named."""

    def __init__(self):
        super().__init__(source="selection", read_only=True)

    def to_representation(self, selection):
        return selection.choice and ChoiceSerializer(selection).data


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {**HELD_ORDER, "choice": CHOICE, "warnings": [WARNING]},
            response_only=True,
        )
    ]
)
class HeldOrderSerializer(OrderSerializer):
    """An order whose seats were just chosen."""

    choice = ChoiceField()
    warnings = WarningSerializer(source="selection.warnings", many=True, read_only=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                **BOOKED_ORDER,
                "choice": CHOICE,
                "warnings": [],
                "difference": "-2.00",
                "refund": "2.00",
            },
            response_only=True,
        )
    ]
)
class MovedOrderSerializer(HeldOrderSerializer):
    """An order that has just moved."""

    difference = ShownAmountField(
        "order.currency", source="bill.difference", help_text="The new total less the old one."
    )
    refund = ShownAmountField(
        "order.currency",
        source="bill.refund",
        help_text="The part of it that is refunded, by the cinema's refund rule.",
    )
