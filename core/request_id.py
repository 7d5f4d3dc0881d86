"""The id of the current request, for log lines, errors and the rows that it writes."""

from contextvars import ContextVar, Token

MAX_LENGTH = 64

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the current request; empty in commands."""
    return _request_id.get()


def begin_request(request_id: str) -> Token[str]:
    """Set the id; pass the token to `end_request`."""
    return _request_id.set(request_id)


def end_request(token: Token[str]) -> None:
    _request_id.reset(token)
