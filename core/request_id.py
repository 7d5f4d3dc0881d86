"""The id of the request that is being served, for log lines, errors and the rows it writes."""

from contextvars import ContextVar, Token

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request being served; empty in commands."""
    return _request_id.get()


def begin_request(request_id: str) -> Token[str]:
    """Set the id; pass the token to `end_request`."""
    return _request_id.set(request_id)


def end_request(token: Token[str]) -> None:
    _request_id.reset(token)
