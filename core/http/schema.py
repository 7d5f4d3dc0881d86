"""The OpenAPI document: summaries and errors of every operation, without repeating them by hand."""

import inspect
from http import HTTPStatus

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import exceptions
from rest_framework.serializers import ListSerializer
from rest_framework_simplejwt.exceptions import InvalidToken

from core import errors
from core.http.problems import CONTENT_TYPE

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


class ProblemSchema(AutoSchema):
    """Adds to each operation the errors it can answer.

    The common ones follow from the view. A view lists its own as
    `problems = {"book": [SeatTaken, ...]}`, by action or, where there are none, by method.
    A decorator of the method puts what it adds on the method: its `problems`, and as `headers`
    the OpenApiParameters of the request and the response.
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
        for error in self._problems():
            by_status.setdefault(error.status_code, []).append(error)
        for status, found in sorted(by_status.items()):
            responses[str(status)] = {
                "description": ", ".join(f"`{error.default_code}`" for error in found),
                "content": {
                    CONTENT_TYPE: {
                        "schema": problem.ref,
                        "examples": {error.default_code: _example(error) for error in found},
                    }
                },
            }
            headers = self._get_response_headers_for_code(str(status))
            if any(getattr(error, "wait", None) or status == 429 for error in found):
                headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer"}}
            if headers:
                responses[str(status)]["headers"] = headers
        responses["default"] = {
            "description": "Any other error",
            "content": {CONTENT_TYPE: {"schema": problem.ref}},
        }
        return responses

    def _map_serializer_field(self, field, direction, bypass_extensions=False):
        """With how many rows a list of them takes, which drf-spectacular leaves out."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if direction == "request" and isinstance(field, ListSerializer):
            least = field.min_length or (0 if field.allow_empty else 1)
            bounds = {"minItems": least, "maxItems": field.max_length}
            schema |= {name: bound for name, bound in bounds.items() if bound}
        return schema

    def _map_basic_serializer(self, serializer, direction):
        """With that it takes no other fields, where a serializer says so."""
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and getattr(serializer, "refuses_unknown_fields", False):
            schema["additionalProperties"] = False
        return schema

    def _problems(self):
        view, found = self.view, []
        has_body = self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer()
        if has_body or self._get_filter_parameters() or self._get_pagination_parameters():
            found.append(exceptions.ValidationError)
        if view.get_authenticators():
            if not self._is_public():
                found += [exceptions.NotAuthenticated, exceptions.PermissionDenied]
            found.append(InvalidToken)
        if "{" in self.path or self._get_pagination_parameters():
            found.append(exceptions.NotFound)
        if self.method == "DELETE":
            found.append(errors.InUse)
        if has_body:
            found += [errors.RequestTooLarge, exceptions.UnsupportedMediaType]
        if getattr(view, "throttle_scope", None):
            found.append(exceptions.Throttled)
        own = getattr(view, "problems", {})
        found += own.get(self._action(), [])
        found += getattr(self._method(), "problems", [])
        found.append(errors.Unavailable)
        return list(dict.fromkeys(found))

    def _is_public(self):
        auth = self.get_auth()
        return not auth or {} in auth

    def _problem_component(self):
        component = ResolvedComponent(
            name="Problem",
            type=ResolvedComponent.SCHEMA,
            schema=PROBLEM_SCHEMA | {"properties": {**PROPERTIES, "code": _code_schema()}},
            object="Problem",
        )
        self.registry.register_on_missing(component)
        return component


def actions_as_written(endpoints):
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
    status = error.status_code
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.default_code,
        "detail": str(error.default_detail).format(media_type="text/plain"),
        "request_id": "0f9c1d4e7c5b4a6f8e2d3c1b0a998877",
    }
    if error is exceptions.ValidationError:
        body["detail"] = "name: This field is required."
        body["errors"] = [
            {"field": "name", "code": "required", "detail": "This field is required."}
        ]
    return {"value": body | getattr(error, "example", {})}


def _code_schema():
    return {"type": "string", "enum": all_codes(), "description": "What programs branch on."}


def all_codes():
    """The codes of every error class there is here, and of those of DRF that are answered."""
    answered = [
        exceptions.ValidationError,
        exceptions.NotAuthenticated,
        exceptions.PermissionDenied,
        exceptions.NotFound,
        exceptions.MethodNotAllowed,
        exceptions.NotAcceptable,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
        InvalidToken,
        *_below(errors.Problem),
    ]
    return sorted({error.default_code for error in answered})


def _below(error):
    yield error
    for narrower in error.__subclasses__():
        yield from _below(narrower)


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
    "show": {"type": "integer", "description": "With `shows_overlap`: the show in the way."},
    "slots": {
        "type": "array",
        "description": "With `shows_overlap`: every slot that collides, where many were asked for.",
        "items": {
            "type": "object",
            "properties": {
                "starts_at": {"type": "string", "format": "date-time"},
                "detail": {"type": "string"},
            },
            "required": ["starts_at", "detail"],
        },
    },
    "alternatives": {
        "type": "array",
        "description": "With `seat_taken`, `single_seat_left`: up to three choices that are free.",
        "items": {"type": "array", "items": {"type": "string"}},
    },
    "seats": {
        "type": "array",
        "description": "With a conflict over seats: every seat that failed, and why.",
        "items": {
            "type": "object",
            "properties": {"seat_number": {"type": "string"}, "code": {"type": "string"}},
            "required": ["seat_number", "code"],
        },
    },
}

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}
