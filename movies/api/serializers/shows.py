"""JSON shapes of shows."""

from datetime import datetime
from itertools import product
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.timezone import is_naive
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from core.http.examples import sent, shown
from core.http.fields import BoundedListField, IdField, ShownAmountField
from core.http.unknown import ModelSerializer, Serializer
from movies.api.serializers.fields import CinemaTimeField, InOwnCinemas, TimeZoneField
from movies.limits import FEW_LEFT_PERCENT, MAX_DAYS, MAX_FEW_LEFT, MAX_REASON, MAX_TIMES
from movies.local_time import in_zone
from movies.models import Screen, Show
from movies.models.shows import EARLIEST, LATEST

SHOW = {
    "movie": 3,
    "screen": 2,
    "starts_at": "2026-11-27T20:15:00+00:00",
    "ends_at": "2026-11-27T22:35:00+00:00",
    "format": "2D",
    "language": "ja",
    "subtitles": "en",
    "seating_plan": 4,
    "total_seats": 120,
    "price_list": 1,
    "sales_open_at": None,
    "sales_close_at": None,
}
SHOWN = {
    "movie_title": "Spirited Away",
    "screen_name": "Screen 2",
    "cinema": 1,
    "cinema_name": "Astoria",
    "currency": "GBP",
    "time_zone": "Europe/London",
    "available_seats": 87,
    "on_sale": True,
    "sold_out": False,
    "few_left": False,
    "price_from": "7.50",
    "is_cancelled": False,
    "cancel_reason": "",
    "full_refund_until": None,
}
DAYS = ["2026-11-27", "2026-11-28"]
SCHEDULE = {
    "movie": 3,
    "screen": 2,
    "days": DAYS,
    "times": ["17:30", "20:15"],
    "language": "ja",
    "subtitles": "en",
    "price_list": 1,
}
SCHEDULED = [
    {
        "id": 3 + number,
        **SHOW,
        **SHOWN,
        "starts_at": f"{day}T{start}:00+00:00",
        "ends_at": f"{day}T{end}:00+00:00",
        "available_seats": SHOW["total_seats"],
    }
    for number, (day, (start, end)) in enumerate(
        product(DAYS, [("17:30", "19:50"), ("20:15", "22:35")])
    )
]


class ConfirmPastField(serializers.BooleanField):
    """Whether a start that is long past is meant."""

    def __init__(self):
        super().__init__(
            write_only=True,
            required=False,
            help_text="Send `true` if a start more than 24 hours ago is meant.",
        )


@extend_schema_serializer(
    examples=[
        shown(SHOW, **SHOWN),
        sent(SHOW),
    ]
)
class ShowSerializer(InOwnCinemas, ModelSerializer):
    """A show. Its times have the UTC offset of its cinema."""

    serializer_related_field = IdField

    movie_title = serializers.CharField(source="movie.title", read_only=True)
    screen_name = serializers.CharField(source="screen.name", read_only=True)
    cinema = serializers.IntegerField(source="screen.cinema_id", read_only=True)
    cinema_name = serializers.CharField(source="screen.cinema.name", read_only=True)
    currency = serializers.CharField(source="screen.cinema.currency", read_only=True)
    time_zone = TimeZoneField("screen.cinema.time_zone")
    available_seats = serializers.IntegerField(
        source="seats_on_sale",
        read_only=True,
        help_text="The seats that can be booked now; 0 while the show is not on sale.",
    )
    on_sale = serializers.BooleanField(
        source="is_on_sale",
        read_only=True,
        help_text="Whether seats are sold now: sales have opened and not closed, and the show has "
        "not started and is not cancelled.",
    )
    sold_out = serializers.BooleanField(
        source="is_sold_out",
        read_only=True,
        help_text="Whether all seats are booked, held or blocked now, on sale or not.",
    )
    few_left = serializers.BooleanField(
        source="has_few_left",
        read_only=True,
        help_text=f"Whether few seats can still be booked: at most {FEW_LEFT_PERCENT}% of all "
        f"seats of the show, rounded up, and at most {MAX_FEW_LEFT}.",
    )
    price_from = ShownAmountField(
        "screen.cinema.currency",
        allow_null=True,
        help_text="The lowest price of a seat; null: the show is free.",
    )
    is_cancelled = serializers.BooleanField(read_only=True)
    confirm_past = ConfirmPastField()

    class Meta:
        model = Show
        fields = [
            "id",
            "movie",
            "movie_title",
            "cinema",
            "cinema_name",
            "screen",
            "screen_name",
            "starts_at",
            "ends_at",
            "time_zone",
            "format",
            "language",
            "subtitles",
            "seating_plan",
            "total_seats",
            "available_seats",
            "on_sale",
            "sold_out",
            "few_left",
            "price_list",
            "price_from",
            "currency",
            "sales_open_at",
            "sales_close_at",
            "is_cancelled",
            "cancel_reason",
            "full_refund_until",
            "confirm_past",
        ]
        read_only_fields = ["cancel_reason", "full_refund_until"]

    def build_standard_field(self, field_name, model_field):
        field_class, options = super().build_standard_field(field_name, model_field)
        is_time = field_name in [*Show.TIMES, "full_refund_until"]
        return (CinemaTimeField if is_time else field_class), options

    def validate(self, attrs):
        screen: Any = attrs.get("screen") or (self.instance and self.instance.screen)
        for name in Show.TIMES:
            if attrs.get(name) is not None:
                attrs[name] = moment_on_clocks_of(screen.cinema, attrs[name], self.fields[name])
        return attrs


def moment_on_clocks_of(cinema, time, field):
    """Return the moment of a time that may be naive, then on the clocks of the cinema.

    Raises REST framework's ValidationError for the field.
    """
    if not is_naive(time):
        return time
    moment = on_clocks_of(cinema, time, field.field_name)
    try:
        field.run_validators(moment)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({field.field_name: error.detail}) from error
    return moment


def on_clocks_of(cinema, wall_clock, field):
    """Return `in_zone(...)`; raise REST framework's ValidationError for the field."""
    try:
        return in_zone(wall_clock, cinema.zone)
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from error


@extend_schema_field(
    {
        "type": "string",
        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        "example": "20:15",
    }
)
class ClockTimeField(serializers.TimeField):
    """A time on the cinema's clocks, without a UTC offset."""

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], **kwargs)


@extend_schema_serializer(examples=[sent(SCHEDULE)])
class ScheduleSerializer(InOwnCinemas, ModelSerializer):
    """One movie on one screen: on each day at each time, by the cinema's clocks."""

    serializer_related_field = IdField

    days = BoundedListField(child=serializers.DateField(), min_length=1, max_length=MAX_DAYS)
    times = BoundedListField(child=ClockTimeField(), min_length=1, max_length=MAX_TIMES)
    confirm_past = ConfirmPastField()

    class Meta:
        model = Show
        fields = [
            "movie",
            "screen",
            "days",
            "times",
            "format",
            "language",
            "subtitles",
            "seating_plan",
            "total_seats",
            "price_list",
            "confirm_past",
        ]

    def validate(self, attrs):
        cinema = attrs["screen"].cinema
        days, times = set(attrs.pop("days")), set(attrs.pop("times"))
        attrs["starts"] = [
            on_clocks_of(cinema, datetime.combine(day, time), "times")
            for day in days
            for time in times
        ]
        return attrs

    def validate_days(self, days):
        if not all(EARLIEST.limit_value.date() < day < LATEST.limit_value.date() for day in days):
            raise serializers.ValidationError("Days are from 2000-01-02 to 2099-12-31.")
        return days


@extend_schema_serializer(examples=[OpenApiExample("answer", {"shows": SCHEDULED})])
class ScheduledSerializer(Serializer):
    """The scheduled shows."""

    shows = ShowSerializer(many=True)


@extend_schema_serializer(examples=[sent({"reason": "The projector is broken."})])
class ReasonSerializer(Serializer):
    reason = serializers.CharField(max_length=MAX_REASON, required=False, allow_blank=True)


@extend_schema_serializer(
    examples=[
        sent(
            {
                "starts_at": "2026-11-27T20:45:00+00:00",
                "screen": 3,
                "reason": "The projector of screen 2 is broken.",
            }
        )
    ]
)
class RescheduleSerializer(Serializer):
    """Another start, another screen of the same cinema, or both."""

    starts_at = CinemaTimeField(required=False, validators=[EARLIEST, LATEST])
    screen = IdField(queryset=Screen.objects.select_related("cinema"), required=False)
    reason = serializers.CharField(max_length=MAX_REASON)

    def validate(self, attrs):
        if not attrs.keys() & {"starts_at", "screen"}:
            raise serializers.ValidationError("Give another start, another screen, or both.")
        if "starts_at" in attrs:
            screen: Any = attrs.get("screen") or (self.instance and self.instance.screen)
            attrs["starts_at"] = moment_on_clocks_of(
                screen.cinema, attrs["starts_at"], self.fields["starts_at"]
            )
        return attrs
