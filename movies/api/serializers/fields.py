"""Fields that several serializers share."""

from math import inf
from typing import Any

from django.utils.timezone import is_naive
from rest_framework import serializers

from movies.seating.limits import MAX_COORDINATE
from movies.staff_cinemas import OTHER_CINEMAS, may_change


class CoordinateField(serializers.FloatField):
    """A number in a seating plan's units. Rejects strings, booleans and NaN."""

    def __init__(self, **kwargs):
        super().__init__(min_value=-MAX_COORDINATE, max_value=MAX_COORDINATE, **kwargs)

    def to_internal_value(self, data):
        if type(data) not in (int, float) or not -inf < data < inf:
            self.fail("invalid")
        return data  # a whole number may be too large for a float; the bounds are checked next


class InOwnCinemas:
    """Mixin for serializers of staff: a screen or cinema that is sent must be one of theirs."""

    context: Any

    def validate_screen(self, screen):
        if not may_change(self.context["request"].user, screen):
            raise serializers.ValidationError(OTHER_CINEMAS, code="other_cinema")
        return screen

    def validate_cinema(self, cinema):
        return self.validate_screen(cinema)


class TimeZoneField(serializers.CharField):
    """The IANA name of a cinema's time zone, to work with its times on another day."""

    def __init__(self, source: str) -> None:
        super().__init__(
            source=source,
            read_only=True,
            help_text="The time zone of the cinema, such as Europe/London.",
        )


class CinemaTimeField(serializers.DateTimeField):
    """A time of a show or of a part of it, with the UTC offset of the cinema.

    A time without an offset is on the cinema's clocks. It stays naive until the serializer knows
    the cinema.
    """

    def enforce_timezone(self, value):
        return value if is_naive(value) else super().enforce_timezone(value)

    def run_validators(self, value):
        if not is_naive(value):
            super().run_validators(value)

    def get_attribute(self, instance):
        moment = super().get_attribute(instance)
        show = getattr(instance, "show", instance)
        return moment and show.local(moment)

    def to_representation(self, value):
        return value.isoformat()
