"""Shapes of orders and their bookings."""

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from bookings.models import Booking, Order
from movies.api.serializers.fields import CinemaTimeField

WARNING = {
    "code": "single_seat_left",
    "detail": "This choice leaves seat F9 single between taken ones.",
    "seats": [{"seat_number": "F9", "code": "single_seat_left"}],
}


@extend_schema_field({"type": "string", "enum": Order.Status.values})
class StatusField(serializers.CharField):
    """As of now: a hold whose time is over is expired, whether or not its row says so."""

    def __init__(self):
        super().__init__(source="status_now", read_only=True)


BOOKING = {
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
    "refund": None,
    "currency": "GBP",
    "created_at": "2026-11-22T17:03:11.482913+00:00",
    "cancelled_at": None,
    "order": "7GQ2MXK4TD",
}


def cancelled(booking):
    """How the example of a booking looks after it was cancelled."""
    at = "2026-11-22T18:20:48.120394+00:00"
    return {**booking, "status": "cancelled", "refund": booking["price"], "cancelled_at": at}


class FailedSeatSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    code = serializers.CharField()


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    seats = FailedSeatSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            BOOKING,
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
    status = StatusField()
    ticket_type = serializers.SlugRelatedField(
        slug_field="name", read_only=True, allow_null=True, help_text="null: the show is free."
    )
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
    """A booking just made."""

    warnings = WarningSerializer(source="order.selection.warnings", many=True, read_only=True)

    class Meta(BookingSerializer.Meta):
        fields = [*BookingSerializer.Meta.fields, "warnings"]


LINE = {
    "id": 41,
    "seat_number": "F7",
    "ticket_type": "Adult",
    "status": "held",
    "price": "9.50",
    "refund": None,
    "cancelled_at": None,
    "cancel_reason": "",
}
ORDER = {
    "code": "7GQ2MXK4TD",
    "status": "held",
    "show": 12,
    "movie_title": "Spirited Away",
    "cinema_name": "Astoria",
    "screen_name": "Screen 2",
    "starts_at": "2026-11-27T20:15:00+00:00",
    "total": "16.50",
    "currency": "GBP",
    "created_at": "2026-11-22T17:03:11.482913+00:00",
    "expires_at": "2026-11-22T17:13:11.482913+00:00",
    "extendable_until": "2026-11-22T17:23:11.482913+00:00",
    "payment_reference": "",
    "bookings": [
        LINE,
        {**LINE, "id": 42, "seat_number": "F8", "ticket_type": "Child", "price": "7.00"},
    ],
}


BOOKED = {
    **ORDER,
    "status": "booked",
    "expires_at": None,
    "extendable_until": None,
    "payment_reference": "pi_3Q2x9K",
    "bookings": [{**line, "status": "booked"} for line in ORDER["bookings"]],
}
CANCELLED = {
    **BOOKED,
    "status": "cancelled",
    "total": "0.00",
    "bookings": [cancelled(line) for line in BOOKED["bookings"]],
}


class OrderLineSerializer(serializers.ModelSerializer):
    """One seat of an order."""

    status = StatusField()
    ticket_type = serializers.SlugRelatedField(
        slug_field="name", read_only=True, allow_null=True, help_text="null: the show is free."
    )
    cancelled_at = CinemaTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Booking
        fields = list(LINE)
        read_only_fields = fields


@extend_schema_serializer(examples=[OpenApiExample("answer", ORDER, response_only=True)])
class OrderSerializer(serializers.ModelSerializer):
    """Times are sent with the offset of the show's cinema."""

    status = StatusField()
    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    created_at = CinemaTimeField(read_only=True)
    expires_at = CinemaTimeField(read_only=True, allow_null=True)
    extendable_until = CinemaTimeField(read_only=True, allow_null=True)
    payment_reference = serializers.CharField(read_only=True)
    bookings = OrderLineSerializer(source="lines", many=True, read_only=True)

    class Meta:
        model = Order
        fields = list(ORDER)
        read_only_fields = fields


class QuoteLineSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    category = serializers.CharField()
    ticket_type = serializers.CharField(allow_null=True)
    price = serializers.DecimalField(max_digits=8, decimal_places=2)


class PreviewLineSerializer(serializers.Serializer):
    seat_number = serializers.CharField()
    price = serializers.DecimalField(max_digits=8, decimal_places=2)
    refund = serializers.DecimalField(max_digits=8, decimal_places=2)


class ChoiceSerializer(serializers.Serializer):
    """How the best seats lie."""

    outcome = serializers.ChoiceField(choices=["side_by_side", "single_seat_left", "split"])
    groups = serializers.ListField(
        source="choice.groups", child=serializers.ListField(child=serializers.CharField())
    )


def choice_of(selection):
    return selection and selection.choice and ChoiceSerializer(selection).data


CHOICE = {"outcome": "side_by_side", "groups": [["F7", "F8"]]}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer", {**ORDER, "choice": CHOICE, "warnings": [WARNING]}, response_only=True
        )
    ]
)
class HeldOrderSerializer(OrderSerializer):
    """An order whose seats were just chosen."""

    choice = serializers.SerializerMethodField()
    warnings = WarningSerializer(source="selection.warnings", many=True, read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "choice", "warnings"]

    @extend_schema_field(ChoiceSerializer(allow_null=True))
    def get_choice(self, order):
        return choice_of(order.selection)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                **BOOKED,
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

    difference = serializers.DecimalField(
        source="bill.difference",
        max_digits=10,
        decimal_places=2,
        read_only=True,
        help_text="The new total less the old one.",
    )
    refund = serializers.DecimalField(
        source="bill.refund",
        max_digits=10,
        decimal_places=2,
        read_only=True,
        help_text="What of it comes back, by the cinema's refund rule.",
    )

    class Meta(HeldOrderSerializer.Meta):
        fields = [*HeldOrderSerializer.Meta.fields, "difference", "refund"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                "show": 12,
                "total": "16.50",
                "currency": "GBP",
                "lines": [
                    {
                        "seat_number": "F7",
                        "category": "Standard",
                        "ticket_type": "Adult",
                        "price": "9.50",
                    },
                    {
                        "seat_number": "F8",
                        "category": "Standard",
                        "ticket_type": "Child",
                        "price": "7.00",
                    },
                ],
                "choice": CHOICE,
                "warnings": [],
            },
            response_only=True,
        )
    ]
)
class QuoteSerializer(serializers.Serializer):
    """What a selection of seats would cost."""

    show = serializers.IntegerField(source="show.pk")
    total = serializers.DecimalField(source="selection.total", max_digits=10, decimal_places=2)
    currency = serializers.CharField(source="show.screen.cinema.currency")
    lines = QuoteLineSerializer(many=True)
    choice = serializers.SerializerMethodField()
    warnings = WarningSerializer(source="selection.warnings", many=True)

    @extend_schema_field(ChoiceSerializer(allow_null=True))
    def get_choice(self, quote):
        return choice_of(quote.selection)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "answer",
            {
                "order": "7GQ2MXK4TD",
                "currency": "GBP",
                "percent": 100,
                "refund": "16.50",
                "seats": [
                    {"seat_number": "F7", "price": "9.50", "refund": "9.50"},
                    {"seat_number": "F8", "price": "7.00", "refund": "7.00"},
                ],
                "changes_at": "2026-11-26T20:15:00+00:00",
                "percent_then": 50,
                "refund_then": "8.25",
            },
            response_only=True,
        )
    ]
)
class PreviewSerializer(serializers.Serializer):
    order = serializers.CharField(source="order.code")
    currency = serializers.CharField(source="order.currency")
    percent = serializers.IntegerField(help_text="Of the price, by the cinema's refund rule.")
    refund = serializers.DecimalField(max_digits=10, decimal_places=2)
    seats = PreviewLineSerializer(many=True)
    changes_at = CinemaTimeField(
        allow_null=True, help_text="From when on less comes back; null: nothing changes."
    )
    percent_then = serializers.IntegerField(allow_null=True)
    refund_then = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
