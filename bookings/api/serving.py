"""Reading requests and writing answers with serializers that are made once."""

import functools

from rest_framework.response import Response


@functools.cache
def serializer_of(serializer_class):
    """Return the one serializer of a class: making one takes longer than using it."""
    return serializer_class()


def validated(serializer_class, data):
    """Return the validated data; raises REST framework's ValidationError."""
    return serializer_of(serializer_class).run_validation(data)


def answer(serializer_class, result, status=200):
    return Response(serializer_of(serializer_class).to_representation(result), status)
