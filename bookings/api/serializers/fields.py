"""Fields that several serializers share. Amounts and lengths are those of the columns."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.models import Booking, Order

PRICE = Booking._meta.get_field("price")
TOTAL = Order._meta.get_field("total")
FREE_SHOW = "null: the show is free."


class PriceField(serializers.DecimalField):
    """The price of one seat, or a part of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PRICE.max_digits, PRICE.decimal_places, **kwargs)


class TotalField(serializers.DecimalField):
    """A sum of prices."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(TOTAL.max_digits, TOTAL.decimal_places, **kwargs)


@extend_schema_field({"type": "string", "enum": Order.Status.values})
class StatusField(serializers.CharField):
    """The status as of now: a lapsed hold is expired."""

    def __init__(self, source: str = "status_now") -> None:
        super().__init__(source=source, read_only=True)


class TicketTypeNameField(serializers.SlugRelatedField):
    """The name of the ticket type that was sold."""

    def __init__(self) -> None:
        super().__init__("name", read_only=True, allow_null=True, help_text=FREE_SHOW)
