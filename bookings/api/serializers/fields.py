"""Fields that several serializers share."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.models import Order

FREE_SHOW = "null: the show is free."


@extend_schema_field({"type": "string", "enum": Order.Status.values})
class StatusField(serializers.CharField):
    """The status as of now: a lapsed hold is expired."""

    def __init__(self, source: str = "status_now") -> None:
        super().__init__(source=source, read_only=True)


class SeatLabelField(serializers.CharField):
    """A fact about a seat from the plan of its hall, which may have no rows or zones."""

    def __init__(self, name: str) -> None:
        super().__init__(source=f"seat.{name}", read_only=True, allow_null=True)

    def get_attribute(self, instance):
        return super().get_attribute(instance) or None


class SeatOfHallSerializer(serializers.Serializer):
    """What a ticket or a page says about a seat. null: the hall has none, or not this seat."""

    zone = SeatLabelField("zone")
    row = SeatLabelField("row")
    seat = SeatLabelField("seat")
    category = SeatLabelField("category")


class TicketTypeNameField(serializers.SlugRelatedField):
    """The name of the ticket type that was sold."""

    def __init__(self) -> None:
        super().__init__("name", read_only=True, allow_null=True, help_text=FREE_SHOW)
