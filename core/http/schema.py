"""The OpenAPI document: summaries and errors of every operation, read from the code itself."""

import inspect
from http import HTTPStatus
from typing import Any, NamedTuple

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import exceptions
from rest_framework.serializers import ListSerializer
from rest_framework_simplejwt.exceptions import InvalidToken

from core import errors
from core.http.problems import BAD_TOKEN, CONTENT_TYPE

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
VERBS = {
    "list": "List {many}",
    "retrieve": "Show one {one}",
    "create": "Create a {one}",
    "update": "Replace a {one}",
    "partial_update": "Change a {one}",
    "destroy": "Delete a {one}",
}


class TokenScheme(SimpleJWTScheme):
    target_class = "accounts.authentication.TokenAuthentication"


class Documented(NamedTuple):
    """An error as the document shows it."""

    status: int
    code: str
    sentence: str
    has_retry_after: bool
    example: dict[str, Any]

    @classmethod
    def of(cls, error: type[Exception]) -> "Documented":
        """Return it for a domain error or an exception class of REST framework."""
        if issubclass(error, errors.DomainError):
            status, code, sentence = error.status, error.code, error.sentence
            return cls(status, code, sentence, error.retry_after is not None, error.example)
        if issubclass(error, InvalidToken):
            return cls(401, "token_not_valid", BAD_TOKEN, False, {})
        status, code = error.status_code, error.default_code
        sentence = str(error.default_detail).format(media_type="text/plain")
        return cls(status, code, sentence, status == 429, {})


class ProblemSchema(AutoSchema):
    """Adds to each operation the errors that it can answer.

    The common ones follow from the view. `calls = {"book": services.book_seats}` names the service
    that an action, or a method of a view without actions, calls: `@raises` on the service lists the
    rest. A decorator may add `raises` to a method, and `headers` as OpenApiParameters.
    """

    def get_summary(self):
        if self._is_plain():
            names = self.view.queryset.model._meta
            return VERBS[self._action()].format(
                one=names.verbose_name, many=names.verbose_name_plural
            )
        return self._doc().splitlines()[0].rstrip(".")

    def get_description(self):
        return self._doc() if self._is_plain() else "\n".join(self._doc().splitlines()[1:]).strip()

    def _is_plain(self):
        """Whether the view set left this action as DRF has it, so without words of its own."""
        return self._action() in VERBS

    def _doc(self):
        own = self._method()
        return inspect.cleandoc((not self._is_plain() and own.__doc__) or self.view.__doc__)

    def get_auth(self):
        """No token for what is answered without one, by asking the permissions themselves."""
        auth = super().get_auth()
        request = self.view.request
        allowed = (each.has_permission(request, self.view) for each in self.view.get_permissions())
        return [{}] if all(allowed) else auth

    def get_tags(self):
        return [getattr(self.view, "tag", super().get_tags()[0])]

    def _action(self):
        return getattr(self.view, "action", None) or self.method.lower()

    def _method(self):
        return getattr(self.view, self._action(), None)

    def get_override_parameters(self):
        return super().get_override_parameters() + getattr(self._method(), "headers", [])

    def _get_response_bodies(self, direction="response"):
        responses = super()._get_response_bodies(direction)
        problem = self._problem_component()
        by_status = {}
        for error in map(Documented.of, self._errors()):
            by_status.setdefault(error.status, []).append(error)
        for status, found in sorted(by_status.items()):
            responses[str(status)] = {
                "description": ", ".join(f"`{error.code}`" for error in found),
                "content": {
                    CONTENT_TYPE: {
                        "schema": problem.ref,
                        "examples": {error.code: _example(error) for error in found},
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

    def _map_serializer_field(self, field, direction, bypass_extensions=False):
        """Add the bounds of a list's length, which drf-spectacular leaves out."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if direction == "request" and isinstance(field, ListSerializer):
            least = field.min_length or (0 if field.allow_empty else 1)
            bounds = {"minItems": least, "maxItems": field.max_length}
            schema |= {name: bound for name, bound in bounds.items() if bound}
        return schema

    def _map_basic_serializer(self, serializer, direction):
        """Say that no other fields are accepted, where the serializer says so."""
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and getattr(serializer, "refuses_unknown_fields", False):
            schema["additionalProperties"] = False
        return schema

    def _errors(self):
        view, found = self.view, []
        has_body = self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer()
        if has_body or self._get_filter_parameters() or self._get_pagination_parameters():
            found.append(errors.InvalidInput)
        if view.get_authenticators():
            if not self._is_public():
                found += [exceptions.NotAuthenticated, exceptions.PermissionDenied]
            found.append(InvalidToken)
        if "{" in self.path or self._get_pagination_parameters():
            found.append(errors.NotFound)
        if self.method == "DELETE":
            found.append(errors.InUse)
        if has_body:
            found += [errors.RequestTooLarge, exceptions.UnsupportedMediaType]
        if getattr(view, "throttle_scope", None):
            found.append(exceptions.Throttled)
        if service := getattr(view, "calls", {}).get(self._action()):
            found += errors.raised_by(service)
        found += getattr(self._method(), "raises", [])
        found.append(errors.Unavailable)
        return list(dict.fromkeys(found))

    def _is_public(self):
        auth = self.get_auth()
        return not auth or {} in auth

    def _problem_component(self):
        component = ResolvedComponent(
            name="Problem",
            type=ResolvedComponent.SCHEMA,
            schema=PROBLEM_SCHEMA | {"properties": _properties()},
            object="Problem",
        )
        self.registry.register_on_missing(component)
        return component


def in_source_order(endpoints):
    """The endpoints, with the actions of each view set as its class has them, not by name.

    Methods of a path have an order too: from DRF they come in that of a set, another at each start.
    """
    classes = list(dict.fromkeys(callback.cls for *_, callback in endpoints))
    paths = list(dict.fromkeys(path for path, *_ in endpoints))

    def place(endpoint):
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


def _example(error):
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.sentence,
        "request_id": "0f9c1d4e7c5b4a6f8e2d3c1b0a998877",
    }
    if error.code == "invalid":
        body["detail"] = "name: This field is required."
        body["errors"] = [
            {"field": "name", "code": "required", "detail": "This field is required."}
        ]
    return {"value": body | error.example}


def _code_schema():
    return {"type": "string", "enum": all_codes(), "description": "What programs branch on."}


def all_codes():
    """Return the code of every domain error, and of REST framework's that are answered."""
    answered = [
        exceptions.NotAuthenticated,
        exceptions.PermissionDenied,
        exceptions.MethodNotAllowed,
        exceptions.NotAcceptable,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
        InvalidToken,
        *errors.all_errors(),
    ]
    return sorted({getattr(error, "code", None) or error.default_code for error in answered})


def _properties():
    """The fields of the body: those of every error, and those that some errors add."""
    members = {}
    for error in errors.all_errors():
        for name, schema in error.member_schemas.items():
            codes, _ = members.setdefault(name, ([], schema))
            codes.append(error.code)
    added = {
        name: schema | {"description": f"With {_listed(codes)}: {schema['description']}"}
        for name, (codes, schema) in members.items()
    }
    return {**PROPERTIES, "code": _code_schema(), **added}


def _listed(codes):
    return ", ".join(f"`{code}`" for code in sorted(codes))


PROPERTIES = {
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

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}
