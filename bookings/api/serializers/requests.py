"""Shapes of requests: seats to hold, book, move to, cancel or block."""

import re

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.models import Booking
from bookings.seat_request import NO_TICKET_TYPE, SeatRequest
from core.http.fields import (
    BEFORE_THE_POINT_OF_A_TOTAL,
    TOTAL_SENT,
    BoundedListField,
    IdField,
    SentAmountField,
)
from core.http.unknown import Serializer
from movies.models import Show, TicketType
from movies.seating.limits import MAX_CATEGORY_NAME, MAX_SEATS
from movies.seating.numbers import MAX_LENGTH, seat_number_from

MAX_SEATS_PER_REQUEST = 100  # bounds the input; settings limit the seats of an order
MAX_TICKET_TYPE_NAME = TicketType._meta.get_field("name").max_length

SEAT_NUMBER = {"type": "string", "pattern": f"^ *[A-Za-z0-9]{{1,{MAX_LENGTH}}} *$"}


@extend_schema_field({**SEAT_NUMBER, "example": "A7"})
class SeatNumberField(serializers.Field):
    """A seat number in any spelling: ` a01 ` is read as `A1`, and the JSON number 7 as `7`."""

    default_error_messages = {
        "not_a_string": 'A seat number is a string such as "12" or "A12".',
        "invalid": f"A seat number has only letters A to Z and digits, 1 to {MAX_LENGTH} of them.",
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
    """Seat numbers; doubles are dropped."""

    child = SeatNumberField()

    def __init__(self, **kwargs):
        super().__init__(min_length=1, max_length=MAX_SEATS, **kwargs)

    def to_internal_value(self, data):
        return list(dict.fromkeys(super().to_internal_value(data)))


class TicketTypeField(serializers.CharField):
    """The name of a ticket type; null is what the quote of a free show has."""

    def __init__(self, **kwargs):
        super().__init__(max_length=MAX_TICKET_TYPE_NAME, allow_null=True, **kwargs)


@extend_schema_field(TOTAL_SENT)
class ExpectedTotalField(SentAmountField):
    """The total that the customer was told."""

    def __init__(self):
        super().__init__(
            BEFORE_THE_POINT_OF_A_TOTAL,
            required=False,
            help_text="The total that the customer was told. If the seats cost another, the answer "
            "is `price_changed`.",
        )


def ticket_type_in(seat):
    """Return the ticket type of a seat: its name, NO_TICKET_TYPE for null, None if left out."""
    name = seat.get("ticket_type")
    return NO_TICKET_TYPE if name is None and "ticket_type" in seat else name


@extend_schema_serializer(
    examples=[
        OpenApiExample("request", {"seat_number": "A7", "ticket_type": "Child"}, request_only=True)
    ]
)
class BookSeatSerializer(Serializer):
    seat_number = SeatNumberField()
    ticket_type = TicketTypeField(
        required=False,
        help_text="For example Child; without it the first ticket type of the prices. Null only "
        "for a free show.",
    )

    expected_total = ExpectedTotalField()

    def validate(self, attrs):
        request = SeatRequest(
            (attrs["seat_number"],),
            ticket_types=(ticket_type_in(attrs),),
            ticket_type_field="ticket_type",
            expected_total=attrs.get("expected_total"),
        )
        return {"request": request}


class CountField(serializers.IntegerField):
    """A number of seats, only in digits 0 to 9: Python would also read "1_0" as ten."""

    def to_internal_value(self, data):
        if not re.fullmatch(r"[0-9]+", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class SelectedSeatSerializer(Serializer):
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
class SeatSelectionSerializer(Serializer):
    """Seats in one of three forms: `seats`, `seat_numbers`, or a number of the `best`."""

    # The fields of each form; the others go with any of them. core.http.openapi reads it.
    forms = {
        "seats": ["seats"],
        "seat_numbers": ["seat_numbers", "ticket_types"],
        "best": ["best", "category", "ticket_types"],
    }

    seats = SelectedSeatSerializer(  # type: ignore[call-arg]
        many=True, required=False, allow_empty=False, max_length=MAX_SEATS_PER_REQUEST
    )
    seat_numbers = BoundedListField(
        child=SeatNumberField(), required=False, min_length=1, max_length=MAX_SEATS_PER_REQUEST
    )
    best = CountField(
        required=False,
        min_value=1,
        max_value=MAX_SEATS_PER_REQUEST,
        help_text="The number of seats: side by side if possible, close to the best place.",
    )
    category = serializers.CharField(
        required=False,
        max_length=MAX_CATEGORY_NAME,
        help_text="The category of the best seats. Without it, wheelchair and companion places "
        "are left out.",
    )
    ticket_types = BoundedListField(
        child=TicketTypeField(),
        required=False,
        max_length=MAX_SEATS_PER_REQUEST,
        help_text="One per seat, with `seat_numbers` or `best`; null only for a free show.",
    )

    expected_total = ExpectedTotalField()

    def validate(self, attrs):
        forms = [form for form in self.forms if form in attrs]
        if len(forms) != 1:
            raise serializers.ValidationError("Send exactly one of seats, seat_numbers and best.")
        if "category" in attrs and "best" not in attrs:
            raise serializers.ValidationError(
                {"category": "Send a category only together with best."}
            )
        if "ticket_types" in attrs and "seats" in attrs:
            raise serializers.ValidationError(
                {"ticket_types": "With seats, send the ticket_type of each seat within it."}
            )
        request = self._request(attrs)
        if len(set(request.seat_numbers)) < len(request.seat_numbers):
            raise serializers.ValidationError({forms[0]: "A seat is listed twice."})
        if request.ticket_types and len(request.ticket_types) != request.size:
            raise serializers.ValidationError(
                {"ticket_types": "Send one ticket type per seat, or none."}
            )
        return {**attrs, "request": request}

    def _request(self, attrs):
        if "seats" in attrs:
            seats = attrs["seats"]
            return SeatRequest(
                tuple(seat["seat_number"] for seat in seats),
                ticket_types=tuple(map(ticket_type_in, seats)),
                ticket_type_field="seats.{}.ticket_type",
                expected_total=attrs.get("expected_total"),
            )
        return SeatRequest(
            tuple(attrs.get("seat_numbers", ())),
            attrs.get("best", 0),
            attrs.get("category", ""),
            tuple(
                NO_TICKET_TYPE if name is None else name for name in attrs.get("ticket_types", ())
            ),
            expected_total=attrs.get("expected_total"),
        )


class PaymentReferenceField(serializers.CharField):
    """The payment service's reference of a payment."""

    def __init__(self, **kwargs):
        super().__init__(
            max_length=Booking.PAYMENT_REFERENCE_LENGTH, required=False, allow_blank=True, **kwargs
        )


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
    """The seats that an order moves to: as many as it has."""

    show = IdField(
        queryset=Show.objects.with_places(),
        required=False,
        help_text="A show of the same movie; without it the order stays at its show.",
    )
    payment_reference = PaymentReferenceField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("request", {"payment_reference": "pi_3Q2x9K"}, request_only=True),
    ]
)
class ConfirmSerializer(Serializer):
    payment_reference = PaymentReferenceField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("the whole order", {}, request_only=True),
        OpenApiExample("some seats", {"seat_numbers": ["F8"]}, request_only=True),
    ]
)
class CancelOrderSerializer(Serializer):
    seat_numbers = SeatNumbersField(required=False, help_text="Without it: all seats of the order.")
    reason = serializers.CharField(
        max_length=Booking.REASON_LENGTH, required=False, allow_blank=True
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request", {"seat_numbers": ["A1", "A2"], "reason": "Broken"}, request_only=True
        )
    ]
)
class BlockSeatsSerializer(Serializer):
    seat_numbers = SeatNumbersField()
    reason = serializers.CharField(max_length=Booking.REASON_LENGTH)


class UnblockSeatsSerializer(BlockSeatsSerializer):
    reason = serializers.CharField(
        max_length=Booking.REASON_LENGTH, required=False, allow_blank=True
    )
