"""The seam for recording: `record` writes one entry, in the transaction of the change."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

from audit.models import Entry
from core.request_id import current_request_id

SYSTEM = "system"

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_command: ContextVar[str] = ContextVar("audit_command", default="")


def current_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Remember the request, whose user and address the entries name. Runs no query."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return middleware


@contextmanager
def command(name: str) -> Iterator[None]:
    """Record changes within the block as those of a command."""
    token = _command.set(name)
    try:
        yield
    finally:
        _command.reset(token)


def present_request() -> HttpRequest | None:
    return _request.get()


def staff_user() -> Any:
    """Return the member of staff whose request this is, or None."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated and user.is_staff else None


def is_on_record() -> bool:
    """Return whether changes are made by staff or a command. No query for a token's request."""
    return bool(_command.get()) or staff_user() is not None


def record(
    verb: str,
    row: Model | None = None,
    *,
    about: tuple[str, str] = ("", ""),
    text: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write an entry about a row, in the present transaction. One query.

    Without a row, `about` is the type and the id of the object.
    """
    if row is not None:
        about = row._meta.label_lower, str(row.pk)
    request, user = _request.get(), staff_user()
    text = text or ("" if row is None else str(row))
    Entry.objects.create(
        user_id=user.pk if user else None,
        who=user.get_username() if user else _command.get() or SYSTEM,
        address=request.META.get("REMOTE_ADDR", "")[:45] if request else "",
        request_id=current_request_id(),
        verb=verb,
        object_type=about[0],
        object_id=about[1][:64],
        object_text=text.replace("\0", "")[:200],
        before=dict(before or {}),
        after=dict(after or {}),
    )


def record_command(name: str) -> bool:
    """Record that a command runs; return whether the database has the table for it."""
    if Entry._meta.db_table not in connection.introspection.table_names():
        return False
    record("run", text=name)
    return True
