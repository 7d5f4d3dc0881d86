"""Days in forms of the admin."""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from movies.models import Cinema

# Days within the bounds of `starts_at` in every time zone.
DAYS = [MinValueValidator(date(2000, 1, 2)), MaxValueValidator(date(2099, 12, 30))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            validators=DAYS,
            error_messages={"invalid": "Write a date as 2026-11-27."},
            **kwargs,
        )


class DayForm(forms.Form):
    """Which day of which cinema to show."""

    cinema = forms.TypedChoiceField(required=False, coerce=int)
    day = DayField(required=False, widget=DateInput)


def day_form(cinemas: list[Cinema], data: QueryDict | None = None, **initial: object) -> DayForm:
    form = DayForm(data, initial=initial)
    field = cast(forms.ChoiceField, form.fields["cinema"])
    field.choices = [(cinema.pk, str(cinema)) for cinema in cinemas]
    return form
