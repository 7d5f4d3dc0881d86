"""How each operation is described: summary, errors, bodies and headers, read from the code."""

# drf-spectacular has no types.
# mypy: disable-error-code="no-untyped-call"

import inspect
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from drf_spectacular import plumbing
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.serializers import BaseSerializer, ListSerializer, PrimaryKeyRelatedField

from core import errors
from core.http.openapi.components import ref_to
from core.http.openapi.errors import Error, by_status, default_response, response_of
from core.http.openapi.operations import VERBS, camel_case, operation_id_of, summary_of
from core.http.throttles import limited_operation
from core.http.unknown import ModelSerializer, Serializer

Schema = dict[str, Any]
Direction = Literal["request", "response"]

# The bound of the smallest kind of column; from here on a bound differs by database, and says
# nothing about a row.
BOUND_OF_A_COLUMN = 2**15 - 1

# ConditionalReadMiddleware gives every answer to a GET an ETag.
CONDITIONAL_HEADERS = [
    OpenApiParameter(
        "If-None-Match",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description="The `ETag` of an earlier answer: 304 without a body while nothing changed.",
    ),
    OpenApiParameter(
        "ETag",
        {"type": "string"},
        OpenApiParameter.HEADER,
        required=True,
        description="Identifies this answer; send it back as `If-None-Match`.",
        response=[200, 304],
    ),
]


class ApiSchema(AutoSchema):
    """Describes an operation, with the errors that it can answer.

    The common ones follow from the view. `calls = {"create": services.create_item}` on a view
    names the service that an action, or a method of a view without actions, calls: `@raises` on the
    service lists the rest. A decorator may add `raises` to a method, and `headers`, which are
    OpenApiParameters. A standard action is named after its model; any other operation has
    `@extend_schema(operation_id=...)`.
    """

    view: Any

    # Names and words

    def get_operation_id(self) -> str:
        if self._is_standard():
            return operation_id_of(self._action(), self.view.queryset.model)
        return super().get_operation_id()

    def get_summary(self) -> str:
        if self._is_standard():
            return summary_of(self._action(), self.view.queryset.model)
        return self._doc().splitlines()[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        if self._is_standard():
            return self._doc()
        return "\n".join(self._doc().splitlines()[1:]).strip()

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", super().get_tags()[0])]

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def _is_standard(self) -> bool:
        """Return whether the action is named by REST framework, so the docstring is the class's."""
        return self._action() in VERBS

    def _doc(self) -> str:
        own = None if self._is_standard() else self._method().__doc__
        return inspect.cleandoc(own or self.view.__doc__ or "")

    def _action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    def _method(self) -> Any:
        return getattr(self.view, self._action(), None)

    # Tokens

    def get_operation(self, *args: Any) -> Schema | None:
        operation: Schema | None = super().get_operation(*args)
        if operation:
            operation.setdefault("security", [])  # drf-spectacular leaves an empty list out
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        """Require no token where the permissions themselves allow a request without one."""
        auth: list[dict[str, Any]] = super().get_auth()
        return [] if self._is_public() else auth

    def _is_public(self) -> bool:
        request = self.view.request
        allowed = (each.has_permission(request, self.view) for each in self.view.get_permissions())
        return all(allowed)

    # Headers

    def get_override_parameters(self) -> list[Any]:
        headers = list(getattr(self._method(), "headers", []))
        if self._is_conditional():
            headers += CONDITIONAL_HEADERS
        return [*super().get_override_parameters(), *headers]

    def _is_conditional(self) -> bool:
        return self.method == "GET"

    # Responses

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        responses: Schema = super()._get_response_bodies(direction)
        for code, response in responses.items():
            response["description"] = HTTPStatus(int(code)).phrase
        if self._is_conditional():
            responses["304"] = {
                "description": "Not changed since the answer with this `ETag`.",
                "headers": self._get_response_headers_for_code("304"),
            }
        for status, found in by_status(self._errors()).items():
            response = response_of(found, self.registry)
            headers = self._get_response_headers_for_code(str(status))
            if any(error.has_retry_after for error in found):
                headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer"}}
            responses[str(status)] = response | ({"headers": headers} if headers else {})
        responses["default"] = default_response(self.registry)
        return responses

    def _errors(self) -> list[Error]:
        view = self.view
        found: list[Error] = []
        found.append(errors.InvalidInput)  # at least for an unknown query parameter
        if view.get_authenticators():
            if not self._is_public():
                found += [exceptions.NotAuthenticated, exceptions.PermissionDenied]
            found.append(errors.TokenInvalid)
        if "{" in self.path or self._get_pagination_parameters():
            found.append(errors.NotFound)
        if self.method == "DELETE":
            found.append(errors.InUse)
        if self.method in ("POST", "PUT", "PATCH"):
            found += [errors.BodyTimeout, errors.RequestTooLarge, exceptions.UnsupportedMediaType]
            if self._action() in getattr(view, "large_bodies", ()):
                found.append(errors.TooManyLargeBodies)
        scopes = [each.scope for each in view.throttle_classes]
        if (
            getattr(view, "throttle_scope", None)
            or any(scopes)
            or limited_operation(view, self.method)
        ):
            found.append(exceptions.Throttled)
        if service := getattr(view, "calls", {}).get(self._action()):
            found += errors.raised_by(service)
        found += getattr(self._method(), "raises", [])
        found.append(errors.Unavailable)
        return found

    # Bodies

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Describe the body of a DELETE too, where the view has `delete_has_body`."""
        if self.method != "DELETE" or not getattr(self.view, "delete_has_body", False):
            return super()._get_request_body(direction)
        method, self.method = self.method, "POST"
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = method

    def _get_request_for_media_type(
        self, serializer: Any, direction: Direction = "request"
    ) -> tuple[Schema | None, bool]:
        """Require a body that has to be in one of several forms."""
        schema, is_required = super()._get_request_for_media_type(serializer, direction)
        return schema, is_required or bool(getattr(serializer, "forms", None))

    def _get_serializer_field_meta(self, field: Any, direction: Direction) -> Schema:
        """Leave out what the split into requests and responses says already."""
        meta: Schema = super()._get_serializer_field_meta(field, direction)
        told = {"readOnly", "writeOnly"} | ({"default"} if direction == "response" else set())
        return {name: value for name, value in meta.items() if name not in told}

    def _map_serializer_field(
        self, field: Any, direction: Direction, bypass_extensions: bool = False
    ) -> Schema | None:
        """Leave out fields of the other direction; add the bounds of ids and of a list's length."""
        is_other = field.read_only if direction == "request" else field.write_only
        if is_other and isinstance(field.parent, BaseSerializer):
            return None
        schema: Schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if direction == "request" and isinstance(field, PrimaryKeyRelatedField):
            schema["minimum"] = 1
        if direction == "request" and isinstance(field, ListSerializer):
            rows: Any = field  # the stubs do not know the bounds
            least = rows.min_length or (0 if rows.allow_empty else 1)
            bounds = {"minItems": least, "maxItems": rows.max_length}
            schema |= {name: bound for name, bound in bounds.items() if bound}
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        """Require all fields of an answer; close the bodies that refuse unknown fields.

        Reads `forms`, `nullable_answers` and `refuses_unknown_fields` of the serializer.
        """
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        if direction == "response":
            for name in getattr(serializer, "nullable_answers", []):
                field = schema["properties"][name]
                schema["properties"][name] = field | {"type": [field["type"], "null"]}
            for field in schema["properties"].values():
                if field.get("maximum", 0) >= BOUND_OF_A_COLUMN:
                    del field["minimum"], field["maximum"]
                    field.pop("format", None)
            return schema | {"required": list(schema["properties"])}
        if getattr(serializer, "refuses_unknown_fields", False):
            schema["additionalProperties"] = False
        forms = getattr(serializer, "forms", None)
        return self._in_forms(serializer, schema, forms) if forms else schema

    def _in_forms(self, serializer: Any, schema: Schema, forms: dict[str, list[str]]) -> Schema:
        """Return one schema per form: with its own fields, and those that are in no form."""
        own = {name for fields in forms.values() for name in fields}
        refs = []
        for form, fields in forms.items():
            properties = {
                name: field
                for name, field in schema["properties"].items()
                if name in fields or name not in own
            }
            base = self.get_serializer_name(serializer, "request").removesuffix("Serializer")
            name = f"{base}By{camel_case(form)}Request"
            one = {**schema, "title": name, "properties": properties, "required": [form]}
            del one["description"]
            refs.append(ref_to(name, one, self.registry))
        return {"description": schema["description"], "oneOf": refs}


@cache
def classes_without_words() -> list[type]:
    """Return the classes whose docstring describes no body: bases of serializers."""
    return [*plumbing.get_lib_doc_excludes(), Serializer, ModelSerializer]
