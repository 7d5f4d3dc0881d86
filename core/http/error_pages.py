"""Pages about the error codes: the `type` of each error leads to one of them.

Their words are those of `docs/errors.md`; the rest comes from the classes of the errors.
"""

import json
from collections.abc import Callable, Container, Iterator
from functools import cache, wraps
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from rest_framework.exceptions import MethodNotAllowed

from core.errors import NotFound
from core.http.closed import is_open
from core.http.openapi.document import document
from core.http.openapi.errors import COMMON, DEFAULT_ERRORS, Schema, code_of, documented
from core.http.problems import CONTENT_TYPE, problem_json

Page = Callable[..., HttpResponseBase]


class Words(NamedTuple):
    """What `docs/errors.md` says about a code."""

    meaning: SafeString
    advice: SafeString


class Member(NamedTuple):
    """A field that an error adds to the common ones."""

    name: str
    is_always_sent: bool
    meaning: SafeString


class Operation(NamedTuple):
    """An operation that can answer the error."""

    method: str
    path: str
    anchor: str  # in Swagger UI


def read_only(page: Page) -> Page:
    """Answer any method but GET and HEAD with a problem."""

    @wraps(page)
    def answer(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return page(request, **kwargs)
        refusal = problem_json(MethodNotAllowed(request.method or ""), request)
        refusal["Allow"] = "GET, HEAD"
        return refusal

    return answer


@read_only
def error_list(request: HttpRequest) -> HttpResponseBase:
    """List all codes."""
    codes = sorted(documented().values(), key=lambda error: (error.status, error.code))
    context = {
        "errors": [(error, words_by_code()[error.code]) for error in codes],
        "common": _members(COMMON, COMMON),
    }
    return _page("errors/list.html", context, request)


@read_only
def error_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Explain a code."""
    error = documented().get(code)
    if error is None:
        return problem_json(NotFound("No error has this code: /errors/ lists all."), request)
    context = {
        "error": error,
        "words": words_by_code()[code],
        "members": _members(error.members, error.required_members),
        "example": json.dumps(error.answer(), indent=2),
        "operations": list(_operations_with(code)),
        "is_of_any_operation": code in map(code_of, DEFAULT_ERRORS),
    }
    return _page("errors/page.html", context, request)


def _page(template: str, context: dict[str, object], request: HttpRequest) -> HttpResponse:
    links = {"swagger_is_open": is_open("swagger"), "redoc_is_open": is_open("redoc")}
    return HttpResponse(render_to_string(template, context | links, request))


@cache
def words_by_code() -> dict[str, Words]:
    """Return the meaning of each code, and what to do, from the table of `docs/errors.md`."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.count(" | ") == 3]
    return {
        code.strip("`"): Words(_with_code(meaning), _with_code(advice.removesuffix(" |")))
        for _, code, meaning, advice in rows
        if code.startswith("`")
    }


def _members(schemas: Schema, always: Container[str]) -> list[Member]:
    return [
        Member(name, name in always, _with_code(schema.get("description", "")))
        for name, schema in schemas.items()
    ]


def _operations_with(code: str) -> Iterator[Operation]:
    """Yield the operations that list the code."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            listed = [
                response["content"][CONTENT_TYPE]["examples"]
                for status, response in operation["responses"].items()
                if status != "default" and CONTENT_TYPE in response.get("content", {})
            ]
            if any(code in examples for examples in listed):
                anchor = f"/{operation['tags'][0]}/{operation['operationId']}"
                yield Operation(method.upper(), path, anchor)


def _with_code(text: str) -> SafeString:
    """Return HTML of a text in which `code` is in backticks."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in parts),
    )
