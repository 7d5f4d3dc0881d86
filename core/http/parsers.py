"""What a request body may be."""

import json

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser

from core.errors import RequestTooLarge

HALF_A_PAIR = ErrorDetail(
    "Half of a surrogate pair is no character.", code="surrogate_characters_not_allowed"
)


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested no deeper than Python reads it.

    The server hands over no more than Content-Length bytes, so looking at the header is enough.
    """

    def parse(self, stream, media_type=None, parser_context=None):
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestTooLarge(
                f"The body has {length} bytes; at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} "
                "are read."
            )
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        if length:
            _check_unicode(data)
        return data


def _check_unicode(data):
    """Refuse half of a surrogate pair, such as "\\ud800": nothing here can hold it."""
    fields = data if isinstance(data, dict) else {"": data}
    wrong = {
        name if _is_unicode(name) else "": [HALF_A_PAIR]
        for name, value in fields.items()
        if not _is_unicode([name, value])
    }
    if wrong:
        raise ValidationError(
            {name or "non_field_errors": errors for name, errors in wrong.items()}
        )


def _is_unicode(value):
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
