"""The errors in the OpenAPI document: one schema per code, told apart by `code`."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from drf_spectacular.plumbing import ComponentRegistry
from rest_framework import exceptions

from core import errors
from core.http.openapi.components import ref_to
from core.http.openapi.operations import camel_case
from core.http.problems import CONTENT_TYPE, type_of

Schema = dict[str, Any]
Error = type[errors.DomainError] | type[exceptions.APIException]

# The errors that REST framework itself raises and that are answered as they are.
FRAMEWORK_ERRORS: list[type[exceptions.APIException]] = [
    exceptions.NotAuthenticated,
    exceptions.PermissionDenied,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
    exceptions.Throttled,
]

# What any operation may answer, with a status that it does not list.
DEFAULT_ERRORS: list[Error] = [
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    errors.Conflict,
    exceptions.Throttled,
    errors.InternalError,
]

REQUEST_ID = "0f9c1d4e7c5b4a6f8e2d3c1b0a998877"


class Documented(NamedTuple):
    """An error code as it is documented."""

    code: str
    status: int
    sentence: str
    has_retry_after: bool
    members: Schema
    required_members: frozenset[str]
    example: dict[str, Any]

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    @property
    def name(self) -> str:
        """The name of its schema, such as `SeatTakenProblem`."""
        return f"{camel_case(self.code)}Problem"

    def answer(self) -> dict[str, Any]:
        """Return an example of the body."""
        return {
            "type": type_of(self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.sentence,
            "request_id": REQUEST_ID,
            **self.example,
        }

    def schema(self) -> Schema:
        own = {
            "type": {**COMMON["type"], "examples": [type_of(self.code)]},
            "status": {**COMMON["status"], "const": self.status},
            "code": {**COMMON["code"], "const": self.code},
        }
        return {
            "type": "object",
            "description": self.sentence,
            "properties": {**COMMON, **own, **self.members},
            "required": [
                *COMMON,
                *(name for name in self.members if name in self.required_members),
            ],
        }


COMMON: Schema = {
    "type": {
        "type": "string",
        "format": "uri-reference",
        "description": "The URL of the page about the code.",
    },
    "title": {"type": "string", "description": "The phrase of the HTTP status."},
    "status": {"type": "integer", "description": "The HTTP status."},
    "code": {"type": "string", "description": "What went wrong, for programs."},
    "detail": {"type": "string", "description": "A sentence for people; it can change."},
    "request_id": {
        "type": "string",
        "description": "The id of the request, also in the header `X-Request-ID`.",
    },
}


@cache
def documented() -> dict[str, Documented]:
    """Return every code that is answered, in alphabetical order.

    Where several classes have one code, the class nearest to the base describes it.
    """
    found: dict[str, Documented] = {}
    classes: list[Error] = [errors.InvalidInput, *errors.all_errors(), *FRAMEWORK_ERRORS]
    for error in classes:
        one = _documented(error)
        found.setdefault(one.code, one)
    return dict(sorted(found.items()))


def _documented(error: Error) -> Documented:
    if issubclass(error, errors.DomainError):
        return Documented(
            error.code,
            error.status,
            error.sentence,
            error.retry_after is not None,
            error.member_schemas,
            error.required_members,
            error.example,
        )
    status = error.status_code
    return Documented(
        str(error.default_code),
        status,
        str(error.default_detail).format(media_type="text/plain", method="PUT"),
        status == HTTPStatus.TOO_MANY_REQUESTS,
        {},
        frozenset(),
        {},
    )


def code_of(error: Error) -> str:
    return error.code if issubclass(error, errors.DomainError) else str(error.default_code)


def all_codes() -> list[str]:
    """Return the code of every domain error, and of REST framework's that are answered."""
    return list(documented())


def by_status(found: Iterable[Error]) -> dict[int, list[Documented]]:
    """Return the errors by their status, in ascending order; a code is listed once."""
    statuses: dict[int, list[Documented]] = {}
    for code in dict.fromkeys(map(code_of, found)):
        statuses.setdefault(documented()[code].status, []).append(documented()[code])
    return dict(sorted(statuses.items()))


def response_of(found: list[Documented], registry: ComponentRegistry) -> Schema:
    """Return the response of these errors, and register their schemas."""
    refs = {error.code: _ref_to(error, registry)["$ref"] for error in found}
    return {
        "description": ", ".join(f"`{code}`" for code in refs),
        "content": {
            CONTENT_TYPE: {
                "schema": {
                    "oneOf": [{"$ref": ref} for ref in refs.values()],
                    "discriminator": {"propertyName": "code", "mapping": refs},
                },
                "examples": {error.code: {"value": error.answer()} for error in found},
            }
        },
    }


def default_response(registry: ComponentRegistry) -> Schema:
    """Return the response with the codes that any operation may answer."""
    found = [documented()[code_of(error)] for error in DEFAULT_ERRORS]
    response = response_of(found, registry)
    return {**response, "description": f"Any other error, such as {response['description']}"}


def _ref_to(error: Documented, registry: ComponentRegistry) -> Schema:
    schema = error.schema()
    properties = {
        name: _with_rows_named(member, registry) for name, member in schema["properties"].items()
    }
    return ref_to(error.name, {**schema, "properties": properties}, registry)


def _with_rows_named(member: Schema, registry: ComponentRegistry) -> Schema:
    """Return a member whose rows have a schema of their own if they have a title."""
    rows = member.get("items", {})
    if "title" not in rows:
        return member
    row = {key: value for key, value in rows.items() if key != "title"}
    return {**member, "items": ref_to(rows["title"], row, registry)}
