"""The audit in the admin: a list to filter, the history of an object, and CSV."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import ListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from audit.models import Entry
from audit.records import record

FIELDS = [
    "at",
    "who",
    "user_id",
    "address",
    "request_id",
    "verb",
    "object_type",
    "object_id",
    "object_text",
    "before",
    "after",
]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DAY = timedelta(days=1)


class TypedFilter(ListFilter):
    """Filters that are typed into one form above the others; the first one shows it."""

    template = "admin/audit/typed_filter.html"
    title = ""
    names: list[tuple[str, str, str]] = [
        ("who", "who", "text"),
        ("verb", "verb", "text"),
        ("object_type", "object type", "text"),
        ("object_id", "object id", "text"),
        ("address", "address", "text"),
        ("request_id", "request id", "text"),
        ("first_day", "first day (UTC)", "date"),
        ("last_day", "last day (UTC)", "date"),
    ]

    def __init__(self, request: HttpRequest, params: dict[str, Any], *args: Any) -> None:
        super().__init__(request, params, *args)
        self.values = {name: params.pop(name, [""])[-1].strip() for name, _, _ in self.names}
        self.hidden = [(key, values[-1]) for key, values in params.items()]

    @property
    def is_used(self) -> bool:
        return any(self.values.values())

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [name for name, _, _ in self.names]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for name, label, kind in self.names:
            yield {"name": name, "label": label, "kind": kind, "value": self.values[name]}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for name in [name for name, _, kind in self.names if kind == "text"]:
            if value := self.values[name]:
                if "\0" in value:
                    raise IncorrectLookupParameters(name)
                queryset = queryset.filter(**{name: value})
        if self.values["first_day"]:
            queryset = queryset.filter(at__gte=_midnight(self.values["first_day"]))
        if self.values["last_day"]:
            queryset = queryset.filter(at__lt=_midnight(self.values["last_day"]) + DAY)
        return queryset


def _midnight(text: str) -> datetime:
    """Return the start of the day in UTC. Raises IncorrectLookupParameters."""
    try:
        day = date.fromisoformat(text)
        if not 2000 <= day.year < 2100:
            raise ValueError
    except ValueError as error:
        raise IncorrectLookupParameters(text) from error
    return timezone.make_aware(datetime.combine(day, time()))


_limits: list[Callable[[Any], bool]] = []


def hide_from(is_limited: Callable[[Any], bool]) -> None:
    """Hide what concerns all cinemas, such as the list of all entries, from such users.

    They still see the history of each object that they may see.
    """
    _limits.append(is_limited)


def is_hidden_from(user: Any) -> bool:
    """Return whether the user does not see what concerns all cinemas."""
    return any(is_limited(user) for is_limited in _limits)


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["at", "who", "verb", "object_type", "object_text", "changes", "address"]
    list_filter = [TypedFilter]
    list_per_page = 50
    fields = readonly_fields = tuple(FIELDS)
    actions = None
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/audit/change_list.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and not is_hidden_from(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="before and after")
    def changes(self, entry: Entry) -> str:
        return entry.changes

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list; `csv=1` streams all of its rows instead, which is itself on record."""
        if "csv" not in request.GET or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        query = request.GET.copy()
        query.pop("csv")
        request.GET = query  # type: ignore[assignment]
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return super().changelist_view(request, extra_context)
        record("export", text=f"Audit as CSV: {query.urlencode()}")
        response = StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit.csv"'
        return response


class Echo:
    def write(self, line: str) -> str:
        return line


def lines(rows: QuerySet[Any]) -> Iterator[str]:
    """Yield the lines of a CSV file; the rows are never all in memory."""
    writer: Any = csv.writer(Echo())
    yield writer.writerow(FIELDS)
    for entry in rows.iterator(chunk_size=500):
        yield writer.writerow([cell(getattr(entry, name)) for name in FIELDS])


def cell(value: Any) -> str:
    """Return the value as text that no spreadsheet takes for a formula."""
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False) if value else ""
    elif isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
