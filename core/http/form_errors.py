"""What a service refuses, said by a form of the admin."""

from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as RestValidationError

from core.errors import Problem


def add_refusal(form, check, *arguments):
    """Run a check of a service; what it refuses becomes an error of the form."""
    refusal = refusal_of(check, *arguments)
    for field, errors in refusal.items():
        form.add_error(field if field in form.fields else None, errors)


def refusal_of(check, *arguments):
    """Run a check of a service: {field, or None for the whole: sentences}; empty if it passes."""
    try:
        check(*arguments)
    except RestValidationError as error:
        by_field = error.detail if isinstance(error.detail, dict) else {None: error.detail}
        return {field: _sentences(errors) for field, errors in by_field.items()}
    except Problem as error:
        return {None: [str(error.detail)]}
    return {}


def _sentences(errors):
    return [str(one) for one in (errors if isinstance(errors, list) else [errors])]


def raise_refusal(check, *arguments):
    """The same as the forms' ValidationError, for what has no fields of its own."""
    refusal = refusal_of(check, *arguments)
    if refusal:
        raise ValidationError([one for errors in refusal.values() for one in errors])
