"""Shapes of requests: seats to hold, book, move to, cancel or block."""

import re

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.models import Booking
from bookings.seat_request import SeatRequest
from core.http.fields import BoundedListField, IdField
from movies.models import Show
from movies.seating.numbers import MAX_LENGTH, seat_number_from

MAX_SEATS = 100  # in a request; how many are sold is a setting


SEAT_NUMBER = {"type": "string", "pattern": f"^ *[A-Za-z0-9]{{1,{MAX_LENGTH}}} *$"}


@extend_schema_field(
    {
        "oneOf": [
            SEAT_NUMBER,
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


class SeatNumbersField(BoundedListField):
    """Some seats of a show, each once."""

    child = SeatNumberField()

    def __init__(self, **kwargs):
        super().__init__(min_length=1, max_length=5000, **kwargs)

    def to_internal_value(self, data):
        return list(dict.fromkeys(super().to_internal_value(data)))


class TicketTypeField(serializers.CharField):
    """The name of a ticket type."""

    def __init__(self, **kwargs):
        super().__init__(max_length=50, **kwargs)


@extend_schema_serializer(
    examples=[
        OpenApiExample("request", {"seat_number": "A7", "ticket_type": "Child"}, request_only=True)
    ]
)
class BookSeatSerializer(serializers.Serializer):
    seat_number = SeatNumberField()
    ticket_type = TicketTypeField(
        required=False, help_text="Such as Child; left out, the first of the prices."
    )

    def validate(self, attrs):
        ticket_types = (attrs.get("ticket_type"),)
        return {"request": SeatRequest((attrs["seat_number"],), ticket_types=ticket_types)}


class CountField(serializers.IntegerField):
    """A number of seats, in plain digits: Python would read "1_0" as ten."""

    def to_internal_value(self, data):
        if not re.fullmatch(r"[0-9]+", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class SelectedSeatSerializer(serializers.Serializer):
    seat_number = SeatNumberField()
    ticket_type = TicketTypeField(required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "the best seats",
            {"best": 2, "category": "Standard", "ticket_types": ["Adult", "Child"]},
            request_only=True,
        ),
        OpenApiExample(
            "seats with their ticket types",
            {
                "seats": [
                    {"seat_number": "F7", "ticket_type": "Adult"},
                    {"seat_number": "F8", "ticket_type": "Child"},
                ]
            },
            request_only=True,
        ),
        OpenApiExample("seats", {"seat_numbers": ["F7", "F8"]}, request_only=True),
    ]
)
class SeatSelectionSerializer(serializers.Serializer):
    """Seats in one of three forms: `seats`, `seat_numbers`, or so many of the `best`."""

    FORMS = ["seats", "seat_numbers", "best"]

    seats = SelectedSeatSerializer(  # type: ignore[call-arg]
        many=True, required=False, allow_empty=False, max_length=MAX_SEATS
    )
    seat_numbers = BoundedListField(
        child=SeatNumberField(), required=False, min_length=1, max_length=MAX_SEATS
    )
    best = CountField(
        required=False,
        min_value=1,
        max_value=MAX_SEATS,
        help_text="How many seats, side by side where they can be, nearest the best place.",
    )
    category = serializers.CharField(
        required=False,
        max_length=50,
        help_text="Of the best seats. Wheelchair and companion places are given only by name.",
    )
    ticket_types = BoundedListField(
        child=TicketTypeField(),
        required=False,
        max_length=MAX_SEATS,
        help_text="One for each seat, with `seat_numbers` or `best`.",
    )

    def validate(self, attrs):
        forms = [form for form in self.FORMS if form in attrs]
        if len(forms) != 1:
            raise serializers.ValidationError("Send one of seats, seat_numbers or best.")
        if "category" in attrs and "best" not in attrs:
            raise serializers.ValidationError({"category": "A category goes only with best."})
        if "ticket_types" in attrs and "seats" in attrs:
            raise serializers.ValidationError(
                {"ticket_types": "With seats, each seat has its own ticket_type."}
            )
        request = self._request(attrs)
        if len(set(request.seat_numbers)) < len(request.seat_numbers):
            raise serializers.ValidationError({forms[0]: "A seat is listed twice."})
        if request.ticket_types and len(request.ticket_types) != request.size:
            raise serializers.ValidationError({"ticket_types": "One for each seat, or none."})
        return {**attrs, "request": request}

    def _request(self, attrs):
        if "seats" in attrs:
            seats = attrs["seats"]
            return SeatRequest(
                tuple(seat["seat_number"] for seat in seats),
                ticket_types=tuple(seat.get("ticket_type") for seat in seats),
            )
        return SeatRequest(
            tuple(attrs.get("seat_numbers", ())),
            attrs.get("best", 0),
            attrs.get("category", ""),
            tuple(attrs.get("ticket_types", ())),
        )


class PaymentReferenceField(serializers.CharField):
    """What the payment service calls the payment."""

    def __init__(self, **kwargs):
        super().__init__(max_length=100, required=False, allow_blank=True, **kwargs)


@extend_schema_serializer(
    examples=[
        OpenApiExample("the best other seats of the show", {"best": 2}, request_only=True),
        OpenApiExample(
            "other seats of the show", {"seat_numbers": ["G7", "G8"]}, request_only=True
        ),
        OpenApiExample("another show", {"show": 13, "best": 2}, request_only=True),
    ]
)
class MoveSerializer(SeatSelectionSerializer):
    """Where an order moves to: as many seats as it has."""

    show = IdField(
        queryset=Show.objects.with_places(),
        required=False,
        help_text="Of the same movie; left out, the show stays.",
    )
    payment_reference = PaymentReferenceField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("request", {"payment_reference": "pi_3Q2x9K"}, request_only=True),
    ]
)
class ConfirmSerializer(serializers.Serializer):
    payment_reference = PaymentReferenceField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("the whole order", {}, request_only=True),
        OpenApiExample("some seats", {"seat_numbers": ["F8"]}, request_only=True),
    ]
)
class CancelOrderSerializer(serializers.Serializer):
    """Unknown fields are refused: a misspelt `seat_numbers` would cancel the whole order."""

    refuses_unknown_fields = True  # for the OpenAPI document

    seat_numbers = SeatNumbersField(required=False, help_text="Left out: all of its seats.")
    reason = serializers.CharField(
        max_length=Booking.REASON_LENGTH, required=False, allow_blank=True
    )

    def to_internal_value(self, data):
        asked = super().to_internal_value(data)
        unknown = [str(name) for name in data if name not in self.fields]
        if unknown:
            message = "Send seat_numbers to cancel some seats, or leave it out for all."
            raise serializers.ValidationError({unknown[0][:50]: message})
        return asked


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request", {"seat_numbers": ["A1", "A2"], "reason": "Broken"}, request_only=True
        )
    ]
)
class BlockSeatsSerializer(serializers.Serializer):
    seat_numbers = SeatNumbersField()
    reason = serializers.CharField(max_length=Booking.REASON_LENGTH)


class UnblockSeatsSerializer(BlockSeatsSerializer):
    reason = serializers.CharField(
        max_length=Booking.REASON_LENGTH, required=False, allow_blank=True
    )
