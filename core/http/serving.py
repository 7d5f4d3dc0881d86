"""Reading requests and writing responses, with one serializer instance per class."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework.response import Response
from rest_framework.serializers import Serializer

S = TypeVar("S", bound="Serializer[Any]")
Method = TypeVar("Method", bound=Callable[..., Any])


@functools.cache
def serializer_of(serializer_class: type[S]) -> S:
    """Return the one instance of the class: creating one takes longer than using it."""
    return serializer_class()


def validated(serializer_class: type["Serializer[Any]"], data: Any) -> Any:
    """Return the validated data. Raises REST framework's ValidationError."""
    return serializer_of(serializer_class).run_validation(data)


def answer(serializer_class: type["Serializer[Any]"], result: Any, status: int = 200) -> Response:
    """Return the response that represents the result of a service."""
    return Response(serializer_of(serializer_class).to_representation(result), status)


def raises_too(*errors: type[Exception]) -> Callable[[Method], Method]:
    """Declare errors that a view's method raises beside those of its service."""

    def declare(method: Method) -> Method:
        method.raises = list(errors)  # type: ignore[attr-defined]  # core.http.openapi reads it
        return method

    return declare
