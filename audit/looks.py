"""Entries about pages of the admin that show customers: who looked at whom."""

import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponseBase, QueryDict

from audit.records import record, staff_user

# Models whose pages show customers, by app and model, and single pages beside them, by URL name.
# Each app adds its own when its admin is imported.
_models: set[str] = set()
_pages: dict[str, tuple[str, str]] = {}

MAX_QUERY = 150
PLAIN = re.compile("[0-9-]{1,20}")
HIDDEN = "…"


def shows_customers(label: str) -> None:
    """Put all pages of this model on record, such as `bookings.order`."""
    _models.add(label)


def page_shows_customers(url_name: str, *, about: str, key: str) -> None:
    """Put a page on record as one about the object whose id is the argument `key` of its URL."""
    _pages[url_name] = (about, key)


def looks_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Write the entry before the page is sent: what cannot be recorded is not shown."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if match is not None and match.app_names == ["admin"] and response.status_code == 200:
            _record_look(request, match.url_name or "", match.kwargs)
        return response

    return middleware


def _record_look(request: HttpRequest, url_name: str, arguments: dict[str, object]) -> None:
    about = _subject(request, url_name, arguments)
    if about is None or staff_user() is None:
        return
    query = _without_names(request.GET)
    if about[1]:
        verb = "view"
    else:
        verb = "search" if request.GET.get("q") or request.GET.get("term") else "list"
    text = f"{request.path}?{query[:MAX_QUERY]}" if query else request.path
    record(verb, about=about, text=text)


def _without_names(parameters: QueryDict) -> str:
    """Return the query with its numbers and days. What is searched for names people, so it goes."""
    kept = (
        f"{name}={value if PLAIN.fullmatch(value) else HIDDEN}"
        for name, values in parameters.lists()
        for value in values
    )
    return "&".join(kept)


def _subject(
    request: HttpRequest, url_name: str, arguments: dict[str, object]
) -> tuple[str, str] | None:
    """Return (type, id) of what the page shows; None if it shows no customers."""
    if url_name in _pages:
        label, key = _pages[url_name]
        return label, str(arguments.get(key, ""))
    if url_name == "autocomplete":
        label = _autocompleted(request)
        return (label, "") if label in _models else None
    for label in _models:
        if url_name.startswith(f"{label.replace('.', '_')}_"):
            identity = arguments.get("object_id", arguments.get("id", ""))
            return label, str(identity)
    return None


def _autocompleted(request: HttpRequest) -> str:
    """Return the model whose rows an autocomplete answers with."""
    try:
        model = apps.get_model(request.GET["app_label"], request.GET["model_name"])
        related: Any = model._meta.get_field(request.GET["field_name"]).related_model
    except (LookupError, ValueError, FieldDoesNotExist):
        return ""
    return str(related._meta.label_lower) if related else ""
