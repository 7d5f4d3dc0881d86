"""The one mapper from domain errors to the errors of Django forms."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.core.exceptions import ValidationError

from core.errors import DomainError, FieldError, InvalidInput


def errors_of(error: DomainError) -> list[FieldError]:
    """Return the field errors of a domain error; most have one for the whole form."""
    return error.errors if isinstance(error, InvalidInput) else [FieldError(None, str(error))]


@contextmanager
def as_form_errors(form: forms.BaseForm) -> Iterator[None]:
    """Turn a domain error raised within into errors of the form."""
    try:
        yield
    except DomainError as error:
        for field, sentence, _ in errors_of(error):
            form.add_error(field if field in form.fields else None, sentence)


@contextmanager
def as_validation_error() -> Iterator[None]:
    """Turn a domain error raised within into a ValidationError without fields."""
    try:
        yield
    except DomainError as error:
        raise ValidationError([sentence for _, sentence, _ in errors_of(error)]) from error
