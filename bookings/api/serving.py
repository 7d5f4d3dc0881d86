"""Reading requests and writing responses, with one serializer instance per class."""

import functools

from rest_framework.response import Response


@functools.cache
def serializer_of(serializer_class):
    """Return the one instance of the class: creating one takes longer than using it."""
    return serializer_class()


def validated(serializer_class, data):
    """Return the validated data. Raises REST framework's ValidationError."""
    return serializer_of(serializer_class).run_validation(data)


def answer(serializer_class, result, status=200):
    """Return the response that represents the result of a service."""
    return Response(serializer_of(serializer_class).to_representation(result), status)
