"""Domain errors: the exceptions of services and rules, independent of HTTP frameworks.

An error is a class with a status, a code and a sentence. `core.http.problems` answers it as
problem+json, `core.http.form_errors` shows it in a form. `@raises` on a service is the one list of
what it can raise; the OpenAPI document reads it there.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class DomainError(Exception):
    """Base of every error that is answered on purpose.

    `members` are further fields of the answer, such as `seats`; `member_schemas` describes them
    for the OpenAPI document, `required_members` names those that are always sent, and `example`
    shows them there. `retry_after` is in seconds. An error that is not kept is answered anew to a
    request that is sent again with its Idempotency-Key.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    sentence: ClassVar[str] = "The request is invalid."
    retry_after: int | None = None
    is_kept: ClassVar[bool] = True
    member_schemas: ClassVar[dict[str, Any]] = {}
    required_members: ClassVar[frozenset[str]] = frozenset()
    example: ClassVar[dict[str, Any]] = {}

    def __init__(self, sentence: str = "", **members: Any) -> None:
        super().__init__(sentence or self.sentence)
        self.members = members


MAX_ERRORS = 100  # in one answer

ERRORS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "maxItems": MAX_ERRORS,
    "description": "What is wrong, field by field: the first errors of the request.",
    "items": {
        "title": "FieldError",
        "type": "object",
        "properties": {
            "field": {
                "type": ["string", "null"],
                "description": "The path of the field, such as `seats.1.seat_number`; null: the "
                "request as a whole.",
            },
            "code": {"type": "string"},
            "detail": {"type": "string", "description": "A sentence for people."},
        },
        "required": ["field", "code", "detail"],
    },
}


class FieldError(NamedTuple):
    """One field and what is wrong with it; field None means the input as a whole."""

    field: str | None
    sentence: str
    code: str = "invalid"


class InvalidInput(DomainError):
    """Input that has the right shape but does not fit the rules, field by field."""

    member_schemas = {"errors": ERRORS_SCHEMA}
    required_members = frozenset({"errors"})
    example = {
        "detail": "name: This field is required.",
        "errors": [{"field": "name", "code": "required", "detail": "This field is required."}],
    }

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__(" ".join(error.sentence for error in self.errors[:MAX_ERRORS]))

    @classmethod
    def of(cls, field: str | None, sentence: str, code: str = "invalid") -> "InvalidInput":
        """The error for a single field."""
        return cls([FieldError(field, sentence, code)])


class TokenInvalid(DomainError):
    status = 401
    code = "token_not_valid"
    sentence = "The token is invalid or has expired. Log in again, or refresh it."


class NotFound(DomainError):
    status = 404
    code = "not_found"
    sentence = "Not found."


class Conflict(DomainError):
    status = 409
    code = "conflict"
    sentence = "Another change came first. Read again, then try again."


class InUse(Conflict):
    code = "in_use"
    sentence = "This is in use, so it cannot be deleted."


class RequestTooLarge(DomainError):
    status = 413
    code = "request_too_large"
    sentence = "The request body is too large."


class BodyTimeout(DomainError):
    status = 408
    code = "body_timeout"
    sentence = "The request body did not arrive in time. Send it again."


class TooManyLargeBodies(DomainError):
    status = 503
    code = "too_many_large_bodies"
    sentence = "Too many large bodies arrive at once. Try again in a few seconds."
    retry_after = 5


class InternalError(DomainError):
    status = 500
    code = "internal_error"
    sentence = "An unexpected error occurred. The log has the details under the request_id."


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    sentence = "The service cannot reach its database. Try again in a few seconds."
    retry_after = 5


_raised_by: dict[str, tuple[type[DomainError], ...]] = {}


def raises(*errors: type[DomainError]) -> Callable[[Function], Function]:
    """Declare which domain errors a service raises, beside the service itself."""

    def declare(service: Function) -> Function:
        _raised_by[_name(service)] = tuple(dict.fromkeys(errors))
        return service

    return declare


def raised_by(service: Callable[..., Any]) -> tuple[type[DomainError], ...]:
    """Return the declared errors of a service, in order; empty where none are declared."""
    return _raised_by.get(_name(service), ())


def _name(service: Callable[..., Any]) -> str:
    return f"{service.__module__}.{service.__qualname__}"


def all_errors(base: type[DomainError] = DomainError) -> Iterable[type[DomainError]]:
    """Yield the class and every class derived from it."""
    yield base
    for derived in base.__subclasses__():
        yield from all_errors(derived)
