"""Query parameters of several APIs. A malformed value is a 400 that names its parameter."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import BigIntegerField
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

BIGGEST_ID = BigIntegerField.MAX_BIGINT
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


class IdFilter(filters.NumberFilter):
    """The id of a row. An unknown id matches nothing."""

    field_class = forms.IntegerField

    def __init__(self, *, help_text: str, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST_ID, **kwargs)
        bounds = {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID}
        _describe(self, bounds, help_text)


class DayFilter(filters.DateFilter):
    """A date such as 2026-11-27."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        super().__init__(validators=bounds, input_formats=["%Y-%m-%d"], **kwargs)


class WordsFilter(filters.CharFilter):
    """A string of at most `max_length` characters."""

    def __init__(self, *, max_length: int, help_text: str, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        _describe(self, {"type": "string", "maxLength": max_length}, help_text)


class YesNoFilter(filters.TypedChoiceFilter):
    """`true` or `false`."""

    def __init__(self, *, help_text: str, **kwargs: Any) -> None:
        super().__init__(
            choices=[("true", "true"), ("false", "false")],
            coerce=lambda text: text == "true",
            **kwargs,
        )
        _describe(self, {"type": "boolean"}, help_text)


def _describe(field: filters.Filter, schema: dict[str, Any], help_text: str) -> None:
    """Describe a filter in the OpenAPI document, with type and description in one place."""
    extend_schema_field({**schema, "description": help_text})(field)
