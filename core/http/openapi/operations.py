"""The names and the order of the operations."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Endpoint = tuple[str, str, str, Any]  # path, path as a regular expression, method, view

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Verb(NamedTuple):
    """How a standard action of a view set is named, for one row or for many."""

    summary: str
    operation_id: str


VERBS = {
    "list": Verb("List {many}", "list{Many}"),
    "retrieve": Verb("Show one {one}", "get{One}"),
    "create": Verb("Create a {one}", "create{One}"),
    "update": Verb("Replace a {one}", "replace{One}"),
    "partial_update": Verb("Change a {one}", "change{One}"),
    "destroy": Verb("Delete a {one}", "delete{One}"),
}


def summary_of(action: str, model: Any) -> str:
    """Return the summary of a standard action: `List seat categories`."""
    return VERBS[action].summary.format(**_words(model))


def operation_id_of(action: str, model: Any) -> str:
    """Return the operation id of a standard action: `listSeatCategories`."""
    return VERBS[action].operation_id.format(**_words(model))


def _words(model: Any) -> dict[str, str]:
    one, many = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
    return {"one": one, "many": many, "One": camel_case(one), "Many": camel_case(many)}


def camel_case(words: str) -> str:
    """Return `SeatCategory` for `seat category` and for `seat_category`."""
    return words.replace("_", " ").title().replace(" ", "")


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
