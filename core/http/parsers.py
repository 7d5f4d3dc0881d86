"""The parser of request bodies: bounded JSON."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser

from core.errors import RequestTooLarge

LONE_SURROGATE = ErrorDetail(
    "Half of a surrogate pair is not a character.", code="surrogate_characters_not_allowed"
)


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested only as deep as Python can read.

    The server passes on at most Content-Length bytes, so the header is enough to check the size.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length > limit:
            raise RequestTooLarge(f"The body has {length} bytes; at most {limit} are allowed.")
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        if length:
            _check_unicode(data)
        return data


def _check_unicode(data: Any) -> None:
    """Reject half of a surrogate pair, such as "\\ud800": the database cannot store it."""
    fields = data if isinstance(data, dict) else {"": data}
    wrong = {
        name if _is_unicode(name) else "": [LONE_SURROGATE]
        for name, value in fields.items()
        if not _is_unicode([name, value])
    }
    if wrong:
        raise ValidationError(
            {name or "non_field_errors": errors for name, errors in wrong.items()}
        )


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
