"""Fields and examples that several serializers share."""

from math import inf

from django.utils.timezone import is_naive
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from movies.seating.limits import MAX_COORDINATE


def shown(example, **more):
    """How the example looks in an answer."""
    return OpenApiExample("answer", {"id": 3, **example, **more}, response_only=True)


def sent(example):
    return OpenApiExample("request", example, request_only=True)


class IdField(serializers.PrimaryKeyRelatedField):
    """The id of a row. Not a float, as JSON's 1e400 is infinity, nor a list, however deep."""

    def to_internal_value(self, data):
        if not isinstance(data, int | str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class BoundedListField(serializers.ListField):
    """A list whose length is checked before its items; DRF would read and refuse each first."""

    def to_internal_value(self, data):
        if isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class CoordinateField(serializers.FloatField):
    """A number in a seating plan's units: none in quotes, no boolean, no NaN."""

    def __init__(self, **kwargs):
        super().__init__(min_value=-MAX_COORDINATE, max_value=MAX_COORDINATE, **kwargs)

    def to_internal_value(self, data):
        if type(data) not in (int, float) or not -inf < data < inf:
            self.fail("invalid")
        return data  # a whole number may be too large for a float; the bounds are checked next


class CinemaTimeField(serializers.DateTimeField):
    """A time of a show, or of what belongs to one, with the UTC offset of the cinema.

    Sent without an offset, it is the time on the cinema's clocks; it stays naive until the
    serializer knows the cinema.
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
