"""Unknown fields and query parameters are rejected: a misspelt one would change what is sold.

`Serializer` and `ModelSerializer` reject them in bodies, `KnownParameters` in queries. The error
names the unknown name, a likely one and all valid ones.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request

from core.http.refusals import CountsRefusals

MAX_NAME = 50  # characters of an unknown name that an error repeats
MIN_BEGINNING = 3  # characters of an unknown name that can be the beginning of a valid one
MAX_NAMES = 10  # unknown names that one error lists

REPEATED = ErrorDetail(
    "Send this query parameter once. Those that take several values take them with commas.",
    code="repeated",
)


class KnownFields:
    """Mixin for serializers that reject unknown fields.

    Fields that are only read are known and ignored, so that a row can be sent back as it was read.
    Set `refuses_unknown_fields = False` to ignore unknown fields too.
    """

    refuses_unknown_fields = True  # core.http.openapi reads it
    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        errors = self._unknown_fields(data)
        if not errors:
            return super().to_internal_value(data)  # type: ignore[misc]  # of the serializer
        try:
            super().to_internal_value(data)  # type: ignore[misc]
        except ValidationError as error:
            errors |= cast(dict[str, Any], error.detail)
        raise ValidationError(errors)

    def _unknown_fields(self, data: Any) -> dict[str, Any]:
        if not self.refuses_unknown_fields or not isinstance(data, Mapping):
            return {}
        unknown = [name for name in data if name not in self.fields]
        if not unknown:
            return {}
        valid = [name for name, field in self.fields.items() if not field.read_only]
        return unknown_errors(unknown, valid, "field")


class Serializer(KnownFields, serializers.Serializer):  # type: ignore[type-arg]
    """REST framework's, but unknown fields are rejected."""


class ModelSerializer(KnownFields, serializers.ModelSerializer):  # type: ignore[type-arg]
    """REST framework's, but unknown fields are rejected."""


class NoFieldsSerializer(Serializer):
    """The body of a call that takes none."""


class KnownParameters(CountsRefusals):
    """Mixin for views that reject unknown query parameters, after the check of permissions.

    The known ones are those of the filters and the pages of a list. An action with parameters of
    its own names them in `query_parameters = {"action": ["name"]}`. A known one that is sent twice
    is rejected too, as only one of its values would count, but for `repeatable_parameters`.
    """

    query_parameters: dict[str, Sequence[str]] = {}
    repeatable_parameters: Sequence[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.query_params or not self._is_answered(request):
            return
        known = self._known_parameters()
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise ValidationError(unknown_errors(unknown, known, "query parameter"))
        repeated = [
            name
            for name, values in request.query_params.lists()
            if len(values) > 1 and name not in self.repeatable_parameters
        ]
        if repeated:
            raise ValidationError({name: [REPEATED] for name in repeated})

    def _is_answered(self, request: Request) -> bool:
        """Return whether the view has this method; otherwise its answer is a 405."""
        return hasattr(self, (request.method or "").lower()) and request.method != "OPTIONS"

    def _known_parameters(self) -> list[str]:
        action = getattr(self, "action", "list")  # a view without actions has one, if it lists
        known = list(self.query_parameters.get(action, []))
        if isinstance(self, ListModelMixin) and action == "list":
            filterset_class = getattr(self, "filterset_class", None)
            known += filterset_class.base_filters if filterset_class else []
            if paginator := getattr(self, "paginator", None):
                known += [paginator.page_query_param, paginator.page_size_query_param]
        return known


def unknown_errors(
    unknown: Sequence[str], valid: Iterable[str], kind: str
) -> dict[str, list[ErrorDetail]]:
    """Return an error for each unknown name, the first MAX_NAMES of them."""
    valid = list(valid)
    hint = f"The {kind}s are {', '.join(valid)}." if valid else f"There are no {kind}s here."
    errors = {}
    for name in unknown[:MAX_NAMES]:
        likely = _likely(name[:MAX_NAME], valid)
        question = f"Did you mean {likely}? " if likely else ""
        errors[name[:MAX_NAME]] = [ErrorDetail(f"Unknown {kind}. {question}{hint}", code="unknown")]
    return errors


def _likely(name: str, valid: Sequence[str]) -> str | None:
    """Return the valid name that is most like this one or begins like it; ignores case and `_`."""
    plain, wrong = {_plain(each): each for each in valid}, _plain(name)
    close = difflib.get_close_matches(wrong, plain, n=1, cutoff=0.6)
    if not close and len(wrong) >= MIN_BEGINNING:
        close = [each for each in plain if each.startswith(wrong)]
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
