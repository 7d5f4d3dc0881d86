"""Shapes of scans and of their answers."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from bookings.api.serializers.fields import SeatOfHallSerializer, TicketTypeNameField
from bookings.models import Booking
from core.http.fields import IdField, RowNumberField
from core.http.unknown import Serializer
from movies.api.serializers.fields import CinemaTimeField, TimeZoneField
from movies.models import Show
from movies.staff_cinemas import OTHER_CINEMAS, may_change
from tickets.api.examples import BATCH, BATCH_ANSWER, DOOR_LIST, SCAN, SCAN_ANSWER
from tickets.models import Admission

MAX_SCANS = 500  # of a batch
MAX_CODE = 500  # characters of what was scanned, which may be any QR code
PRINTABLE = "^[!-~]+$"


@extend_schema_field({"type": "string", "enum": Admission.Result.values})
class ResultField(serializers.CharField):
    """Whether somebody was let in."""


@extend_schema_field({"type": "string", "enum": Admission.Reason.values})
class ReasonField(serializers.CharField):
    """Why somebody was not let in, or should not have been."""


@extend_schema_field({"type": "string", "enum": ["booked", "cancelled"]})
class SeatStatusField(serializers.CharField):
    """Whether a seat has a ticket now."""


class ScanSerializer(Serializer):
    """One scan. `scanned_at` is by the clock of the device; a time in the future is read as now."""

    code = serializers.CharField(max_length=MAX_CODE)
    show = IdField(
        queryset=Show.objects.select_related("screen__cinema"),
        required=False,
        allow_null=True,
        help_text="The show that the device lets people into. Without it any show that is on.",
    )
    device = serializers.RegexField(PRINTABLE, max_length=Admission.DEVICE_LENGTH)
    nonce = serializers.RegexField(PRINTABLE, max_length=Admission.NONCE_LENGTH)
    scanned_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_show(self, show):
        if show is not None and not may_change(self.context["request"].user, show):
            raise serializers.ValidationError(OTHER_CINEMAS, code="other_cinema")
        return show

    def validate_scanned_at(self, moment):
        return moment and min(moment, timezone.now())


@extend_schema_serializer(
    examples=[OpenApiExample("request", SCAN, request_only=True)],
)
class RedeemSerializer(ScanSerializer):
    """A scan that waits for its answer."""


@extend_schema_serializer(examples=[OpenApiExample("request", BATCH, request_only=True)])
class BatchSerializer(Serializer):
    """What a device has queued while it was offline, the oldest first."""

    scans = ScanSerializer(many=True, allow_empty=False, max_length=MAX_SCANS)  # type: ignore[call-arg]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "request",
            {"device": "door-2", "nonce": SCAN["nonce"], "reason": "Went to the wrong hall"},
            request_only=True,
        )
    ]
)
class AnnulSerializer(Serializer):
    device = serializers.RegexField(PRINTABLE, max_length=Admission.DEVICE_LENGTH)
    nonce = serializers.RegexField(PRINTABLE, max_length=Admission.NONCE_LENGTH)
    reason = serializers.CharField(max_length=Admission.REASON_LENGTH)


class SeatAtDoorSerializer(SeatOfHallSerializer, serializers.ModelSerializer):
    """The ticket as the door shows it: no name, and no code."""

    id = RowNumberField()
    order = serializers.CharField(source="order.code", read_only=True)
    movie_title = serializers.CharField(source="show.movie.title", read_only=True)
    cinema_name = serializers.CharField(source="show.screen.cinema.name", read_only=True)
    screen_name = serializers.CharField(source="show.screen.name", read_only=True)
    starts_at = CinemaTimeField(source="show.starts_at", read_only=True)
    time_zone = TimeZoneField("show.screen.cinema.time_zone")
    ticket_type = TicketTypeNameField()

    class Meta:
        model = Booking
        fields = [
            "id",
            "order",
            "show",
            "movie_title",
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
        ]
        read_only_fields = fields


class FirstSerializer(serializers.ModelSerializer):
    """The admission by which the ticket was used before."""

    class Meta:
        model = Admission
        fields = ["device", "scanned_at"]
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer):
    result = ResultField(read_only=True)
    reason = ReasonField(
        read_only=True,
        allow_null=True,
        help_text="Why it was refused; of somebody whom an offline device has let in, why not.",
    )
    double = serializers.BooleanField(
        source="is_double",
        read_only=True,
        help_text="Somebody was let in by an offline device, though the ticket was used before.",
    )
    annulled = serializers.SerializerMethodField()
    ticket = SeatAtDoorSerializer(source="booking", read_only=True, allow_null=True)
    first = FirstSerializer(read_only=True, allow_null=True)

    def get_annulled(self, answer) -> bool:
        return answer.admission.annulled_at is not None


@extend_schema_serializer(examples=[OpenApiExample("answer", SCAN_ANSWER, response_only=True)])
class RedeemedSerializer(AnswerSerializer):
    """The answer to a scan."""


class LineSerializer(serializers.Serializer):
    nonce = serializers.CharField(source="scanned.nonce", read_only=True)
    answer = AnswerSerializer(read_only=True, allow_null=True)
    problem = serializers.CharField(
        read_only=True, allow_null=True, help_text="`nonce_reused`, where there is no answer."
    )


@extend_schema_serializer(examples=[OpenApiExample("answer", BATCH_ANSWER, response_only=True)])
class LinesSerializer(serializers.Serializer):
    """The answers to a batch, in its order."""

    scans = LineSerializer(many=True, read_only=True)


class DoorTicketSerializer(SeatOfHallSerializer):
    id = serializers.IntegerField(source="booking.number", read_only=True)
    seat_number = serializers.CharField(source="booking.seat_number", read_only=True)
    ticket_type = serializers.CharField(
        source="booking.ticket_type.name", read_only=True, allow_null=True
    )
    status = SeatStatusField(read_only=True)
    generation = serializers.IntegerField(
        read_only=True, help_text="A code of an earlier generation is void."
    )
    blocked = serializers.BooleanField(source="is_blocked", read_only=True)
    admitted_at = serializers.DateTimeField(read_only=True, allow_null=True)


class PublicKeySerializer(serializers.Serializer):
    id = serializers.CharField(read_only=True)
    key = serializers.CharField(read_only=True, help_text="Ed25519, in hexadecimal digits.")


class CountsSerializer(serializers.Serializer):
    booked = serializers.IntegerField(read_only=True, help_text="Seats that are booked now.")
    admitted = serializers.IntegerField(read_only=True, help_text="Tickets that were used.")


@extend_schema_serializer(examples=[OpenApiExample("answer", DOOR_LIST, response_only=True)])
class DoorListSerializer(serializers.Serializer):
    """The tickets of a show for a device. Send `as_of` as `since` the next time."""

    show = serializers.IntegerField(source="show.pk", read_only=True)
    as_of = serializers.DateTimeField(read_only=True)
    counts = CountsSerializer(source="*", read_only=True)
    keys = PublicKeySerializer(many=True, read_only=True)
    tickets = DoorTicketSerializer(many=True, read_only=True)
