"""Examples of rows for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample


def shown(example: dict[str, Any], **more: Any) -> OpenApiExample:
    """Return the example as an answer: with an id, and with read-only fields if given."""
    return OpenApiExample("answer", {"id": 3, **example, **more}, response_only=True)


def sent(example: dict[str, Any]) -> OpenApiExample:
    """Return the example as a request."""
    return OpenApiExample("request", example, request_only=True)
