"""The parser of request bodies: bounded JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

from core.errors import RequestTooLarge

MAX_NAME = 50  # characters of a repeated name that an error repeats
LONE_SURROGATE = ErrorDetail(
    "Half of a surrogate pair is not a character.", code="surrogate_characters_not_allowed"
)


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested only as deep as Python can read.

    A name twice in an object is an error: Python would keep the last value and ignore the others.
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
            data = json.loads(
                stream.read(), object_pairs_hook=_object, parse_constant=strict_constant
            )
            if length:
                _check_unicode(data)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _value in pairs)
        [(name, _count)] = counts.most_common(1)
        raise ParseError(f"JSON parse error - {name[:MAX_NAME]!r} is twice in an object")
    return found


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
