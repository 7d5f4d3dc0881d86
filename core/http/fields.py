"""Serializer fields of several APIs."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_attribute

from core import money
from core.row_numbers import LIMIT

BEFORE_THE_POINT = money.MAX_DIGITS - money.DECIMAL_PLACES
BEFORE_THE_POINT_OF_A_TOTAL = money.MAX_TOTAL_DIGITS - money.DECIMAL_PLACES
MAX_AFTER_THE_POINT = 18  # digits that are read; a currency has fewer, and its rule says how many
AFTER_THE_POINT = rf"(\.[0-9]{{1,{money.DECIMAL_PLACES}}})?"
AMOUNT_SENT = {
    "type": "string",
    "format": "decimal",
    "pattern": rf"^[0-9]{{1,{BEFORE_THE_POINT}}}{AFTER_THE_POINT}$",
}
TOTAL_SENT = AMOUNT_SENT | {
    "pattern": rf"^[0-9]{{1,{BEFORE_THE_POINT_OF_A_TOTAL}}}{AFTER_THE_POINT}$"
}
AMOUNT_SHOWN = AMOUNT_SENT | {
    "pattern": rf"^-?[0-9]{{1,{BEFORE_THE_POINT_OF_A_TOTAL}}}{AFTER_THE_POINT}$"
}


@extend_schema_field(AMOUNT_SENT)
class SentAmountField(serializers.DecimalField):
    """An amount that is sent, zero or more. The digits of its currency are checked elsewhere."""

    def __init__(self, before_the_point: int = BEFORE_THE_POINT, **kwargs: Any) -> None:
        super().__init__(
            before_the_point + MAX_AFTER_THE_POINT, MAX_AFTER_THE_POINT, min_value=0, **kwargs
        )


@extend_schema_field(AMOUNT_SHOWN)
class ShownAmountField(serializers.Field[Any, Any, str, Any]):
    """An amount, answered as a string with exactly the digits of its currency.

    `currency` is the path to the currency from the object that is represented.
    """

    def __init__(self, currency: str = "currency", **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)
        self.path_of_currency = currency.split(".")

    def get_attribute(self, instance: Any) -> str | None:
        return shown_of(instance, super().get_attribute(instance), self.path_of_currency)

    def to_representation(self, value: str) -> str:
        return value


def shown_of(instance: Any, amount: Decimal | None, path_of_currency: list[str]) -> str | None:
    """Return the amount in the currency at this path of the instance."""
    if amount is None:
        return None
    return money.shown(amount, get_attribute(instance, path_of_currency))


class IdField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]
    """The id of a row. Rejects floats (JSON's 1e400 is infinity) and lists, however deep."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, int | str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class BoundedListField(serializers.ListField):
    """A list whose length is checked before its items.

    REST framework would validate every item of a list that is too long, and answer with all errors.
    """

    def to_internal_value(self, data: Any) -> Any:
        limit = self.max_length
        if limit is not None and isinstance(data, list) and len(data) > limit:
            self.fail("max_length", max_length=limit)
        return super().to_internal_value(data)


class RowNumberField(serializers.IntegerField):
    """The id of a row: not in sequence, and below 2^53, so that JavaScript reads it exactly."""

    def __init__(self) -> None:
        super().__init__(
            source="number",
            read_only=True,
            min_value=0,
            max_value=LIMIT - 1,
            help_text="Not in sequence, and below 2^53.",
        )
