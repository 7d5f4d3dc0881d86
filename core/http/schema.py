"""The OpenAPI document: summaries and errors of every operation, read from the code itself."""

# drf-spectacular has no types.
# mypy: disable-error-code="no-untyped-call"

import inspect
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import exceptions
from rest_framework.serializers import ListSerializer

from core import errors
from core.http.problems import CONTENT_TYPE

Schema = dict[str, Any]
Direction = Literal["request", "response"]
Endpoint = tuple[str, str, str, Any]  # path, path as a regular expression, method, view

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
VERBS = {
    "list": "List {many}",
    "retrieve": "Show one {one}",
    "create": "Create a {one}",
    "update": "Replace a {one}",
    "partial_update": "Change a {one}",
    "destroy": "Delete a {one}",
}

# The errors that REST framework itself raises and that are answered as they are.
FRAMEWORK_ERRORS: list[type[exceptions.APIException]] = [
    exceptions.NotAuthenticated,
    exceptions.PermissionDenied,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
    exceptions.Throttled,
]
Error = type[errors.DomainError] | type[exceptions.APIException]


class Documented(NamedTuple):
    """An error as the document shows it."""

    status: int
    code: str
    sentence: str
    has_retry_after: bool
    example: dict[str, Any]

    @classmethod
    def of(cls, error: Error) -> "Documented":
        """Return it for the class of a domain error or of REST framework's."""
        if issubclass(error, errors.DomainError):
            status, code, sentence = error.status, error.code, error.sentence
            return cls(status, code, sentence, error.retry_after is not None, error.example)
        status, code = error.status_code, str(error.default_code)
        sentence = str(error.default_detail).format(media_type="text/plain")
        return cls(status, code, sentence, status == HTTPStatus.TOO_MANY_REQUESTS, {})

    def as_example(self) -> dict[str, Any]:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.sentence,
            "request_id": "0f9c1d4e7c5b4a6f8e2d3c1b0a998877",
        }
        if self.code == errors.InvalidInput.code:
            body |= INVALID_EXAMPLE
        return {"value": body | self.example}


class ProblemSchema(AutoSchema):
    """Adds to each operation the errors that it can answer.

    The common ones follow from the view. `calls = {"create": services.create_item}` on a view
    names the service that an action, or a method of a view without actions, calls: `@raises` on the
    service lists the rest. A decorator may add `raises` to a method, and `headers`, which are
    OpenApiParameters.
    """

    view: Any

    def get_summary(self) -> str:
        if self._is_standard():
            names = self.view.queryset.model._meta
            return VERBS[self._action()].format(
                one=names.verbose_name, many=names.verbose_name_plural
            )
        return self._doc().splitlines()[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        if self._is_standard():
            return self._doc()
        return "\n".join(self._doc().splitlines()[1:]).strip()

    def _is_standard(self) -> bool:
        """Return whether the action is named by REST framework, so the docstring is the class's."""
        return self._action() in VERBS

    def _doc(self) -> str:
        own = None if self._is_standard() else self._method().__doc__
        return inspect.cleandoc(own or self.view.__doc__ or "")

    def get_auth(self) -> list[dict[str, Any]]:
        """Require no token where the permissions themselves allow a request without one."""
        auth: list[dict[str, Any]] = super().get_auth()
        request = self.view.request
        allowed = (each.has_permission(request, self.view) for each in self.view.get_permissions())
        return [{}] if all(allowed) else auth

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", super().get_tags()[0])]

    def _action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    def _method(self) -> Any:
        return getattr(self.view, self._action(), None)

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *getattr(self._method(), "headers", [])]

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        responses: Schema = super()._get_response_bodies(direction)
        problem = self._problem_component()
        by_status: dict[int, list[Documented]] = {}
        for error in map(Documented.of, self._errors()):
            by_status.setdefault(error.status, []).append(error)
        for status, found in sorted(by_status.items()):
            responses[str(status)] = {
                "description": ", ".join(f"`{error.code}`" for error in found),
                "content": {
                    CONTENT_TYPE: {
                        "schema": problem.ref,
                        "examples": {error.code: error.as_example() for error in found},
                    }
                },
            }
            headers = self._get_response_headers_for_code(str(status))
            if any(error.has_retry_after for error in found):
                headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer"}}
            if headers:
                responses[str(status)]["headers"] = headers
        responses["default"] = {
            "description": "Any other error",
            "content": {CONTENT_TYPE: {"schema": problem.ref}},
        }
        return responses

    def _map_serializer_field(
        self, field: Any, direction: Direction, bypass_extensions: bool = False
    ) -> Schema:
        """Add the bounds of a list's length, which drf-spectacular leaves out."""
        schema: Schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if direction == "request" and isinstance(field, ListSerializer):
            rows: Any = field  # the stubs do not know the bounds
            least = rows.min_length or (0 if rows.allow_empty else 1)
            bounds = {"minItems": least, "maxItems": rows.max_length}
            schema |= {name: bound for name, bound in bounds.items() if bound}
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        """Mark serializers with `refuses_unknown_fields` as closed."""
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and getattr(serializer, "refuses_unknown_fields", False):
            schema["additionalProperties"] = False
        return schema

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
            found += [errors.RequestTooLarge, exceptions.UnsupportedMediaType]
        if getattr(view, "throttle_scope", None):
            found.append(exceptions.Throttled)
        if service := getattr(view, "calls", {}).get(self._action()):
            found += errors.raised_by(service)
        found += getattr(self._method(), "raises", [])
        found.append(errors.Unavailable)
        return list(dict.fromkeys(found))

    def _is_public(self) -> bool:
        auth = self.get_auth()
        return not auth or {} in auth

    def _problem_component(self) -> ResolvedComponent:
        component = ResolvedComponent(
            name="Problem",
            type=ResolvedComponent.SCHEMA,
            schema=PROBLEM_SCHEMA | {"properties": _properties()},
            object="Problem",
        )
        self.registry.register_on_missing(component)
        return component


def in_source_order(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Sort the endpoints: views by their URLs, the actions of each viewset as in its source.

    Also sorts the methods of a path, which REST framework takes from a set.
    """
    endpoints = list(endpoints)
    classes = list(dict.fromkeys(callback.cls for *_, callback in endpoints))
    paths = list(dict.fromkeys(path for path, *_ in endpoints))

    def place(endpoint: Endpoint) -> tuple[int, int, int, int]:
        path, _, method, callback = endpoint
        action = getattr(callback, "actions", {}).get(method.lower())
        is_extra = hasattr(getattr(callback.cls, action or "", None), "mapping")
        names = list(vars(callback.cls))
        return (
            classes.index(callback.cls),
            names.index(action) if is_extra else -1,
            paths.index(path),
            METHODS.index(method),
        )

    return sorted(endpoints, key=place)


def all_codes() -> list[str]:
    """Return the code of every domain error, and of REST framework's that are answered."""
    codes = {error.code for error in errors.all_errors()}
    return sorted(codes | {str(error.default_code) for error in FRAMEWORK_ERRORS})


def _properties() -> Schema:
    """Return the fields of the body: those of every error, and those that some errors add."""
    members: dict[str, tuple[list[str], Schema]] = {}
    for error in errors.all_errors():
        for name, schema in error.member_schemas.items():
            codes, _ = members.setdefault(name, ([], schema))
            codes.append(error.code)
    added = {
        name: schema | {"description": f"With {_listed(codes)}: {schema['description']}"}
        for name, (codes, schema) in members.items()
    }
    code = {"type": "string", "enum": all_codes(), "description": "The error, for programs."}
    return {**PROPERTIES, "code": code, **added}


def _listed(codes: list[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes))


INVALID_EXAMPLE = {
    "detail": "name: This field is required.",
    "errors": [{"field": "name", "code": "required", "detail": "This field is required."}],
}

PROPERTIES: Schema = {
    "type": {"type": "string", "example": "about:blank"},
    "title": {"type": "string", "description": "The phrase of the HTTP status."},
    "status": {"type": "integer"},
    "code": {"type": "string"},
    "detail": {"type": "string", "description": "A sentence for people."},
    "request_id": {"type": "string", "description": "Also in the X-Request-ID header."},
    "errors": {
        "type": "array",
        "description": "With `invalid`: what is wrong, field by field.",
        "items": {
            "type": "object",
            "properties": {
                "field": {"type": "string", "nullable": True},
                "code": {"type": "string"},
                "detail": {"type": "string"},
            },
            "required": ["field", "code", "detail"],
        },
    },
}

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}
