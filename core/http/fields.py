"""Serializer fields of several APIs."""

from typing import Any

from rest_framework import serializers


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
