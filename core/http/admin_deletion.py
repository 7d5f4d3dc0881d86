"""Pages of the admin that delete: a constant number of queries, and plain words about refusals."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from core.db.deletion import Reference, references_to
from core.http.admin_links import link_to

MAX_NAMED = 10  # rows of a model that a page names; it counts the others

_reasons: dict[Any, list[tuple[str, Q]]] = {}  # by field


def explain(model: type[Model], field: str, sentence: str, condition: Q | None = None) -> None:
    """Say in words why rows of the model keep the row that their field refers to.

    A field may have several sentences, each with the condition of its rows. Together the
    conditions must be true for every row.
    """
    reasons = _reasons.setdefault(model._meta.get_field(field), [])
    reasons.append((sentence, condition or Q()))


class DeletionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Base of all pages that delete rows.

    Django's own names every row that is deleted and every row that forbids it, with queries for
    each. This one names the first ten, and says what to do instead.
    """

    def instead_of_deleting(self, request: HttpRequest, row: Any) -> str:
        """Return what to do with a row that is in use, as a sentence that may have links."""
        return ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what the pages show: (rows, counts, models that need a permission, refusals)."""
        rows = self._rows(objs)
        references = list(references_to(rows))
        deleted = [each for each in references if each.deletes and not _is_link(each)]
        refused = list(self._refusals(references, request))
        forbidden = self._forbidden(objs, deleted, request)
        if refused or forbidden:
            return [], {}, forbidden, refused
        names: list[Any] = [_link(obj, request) for obj in objs]
        counts = {self.opts.verbose_name_plural: len(names)}
        below: list[Any] = []
        for reference in deleted:
            if count := reference.rows.count():
                plural = reference.rows.model._meta.verbose_name_plural
                counts[plural] = counts.get(plural, 0) + count
                below += self._names(reference.rows, count, request)
        return [*names, below] if below else names, counts, set(), []

    def _rows(self, objs: Any) -> QuerySet[Any]:
        """Return the rows as a queryset without joins, to be a part of other queries."""
        pks = (
            objs.order_by().values("pk") if isinstance(objs, QuerySet) else [obj.pk for obj in objs]
        )
        rows: QuerySet[Any] = self.model._base_manager.filter(pk__in=pks)
        return rows

    def _forbidden(self, objs: Any, deleted: Iterable[Reference], request: HttpRequest) -> set[str]:
        """Return the names of the models of which the user may not delete these rows."""
        forbidden = set()
        if not all(self.has_delete_permission(request, obj) for obj in objs):
            forbidden.add(str(self.opts.verbose_name))
        for reference in deleted:
            model = reference.rows.model
            if not self.admin_site.is_registered(model):
                continue
            may_delete = self.admin_site.get_model_admin(model).has_delete_permission(request)
            if not may_delete and reference.rows.exists():
                forbidden.add(str(model._meta.verbose_name))
        return forbidden

    def _names(self, rows: QuerySet[Any], count: int, request: HttpRequest) -> list[str]:
        """Return links to the first rows; models without a page are only counted."""
        opts = rows.model._meta
        if not self.admin_site.is_registered(rows.model):
            return []
        named = [_link(row, request) for row in self._first(rows, request)[:MAX_NAMED]]
        rest = count - len(named)
        words = opts.verbose_name if rest == 1 else opts.verbose_name_plural
        return [*named, f"and {rest:,} more {words}"] if rest > 0 else named

    def _first(self, rows: QuerySet[Any], request: HttpRequest) -> list[Any]:
        """Return one row more than are named, with the joins that their names need."""
        if self.admin_site.is_registered(rows.model):
            with_joins = self.admin_site.get_model_admin(rows.model).get_queryset(request)
            rows = with_joins.filter(pk__in=rows.order_by().values("pk"))
        return list(rows[: MAX_NAMED + 1])

    def _refusals(self, references: Iterable[Reference], request: HttpRequest) -> Iterator[str]:
        """Yield a sentence for each of the first rows that cannot be deleted."""
        rows: dict[tuple[type[Model], Any], tuple[Any, list[str]]] = {}
        for reference in references:
            if not reference.protects:
                continue
            words = f"{capfirst(str(reference.rows.model._meta.verbose_name_plural))} refer to it."
            in_use = self._first(reference.owners_in_use(), request)
            for sentence, condition in _reasons.get(reference.field, [(words, Q())]):
                for row in _that_have(condition, reference, in_use):
                    _, sentences = rows.setdefault((type(row), row.pk), (row, []))
                    if sentence not in sentences:
                        sentences.append(sentence)
        named: dict[type[Model], int] = {}
        for row, sentences in rows.values():
            named[type(row)] = number = named.get(type(row), 0) + 1
            if number <= MAX_NAMED:
                yield self._refusal(row, sentences, request)
            elif number == MAX_NAMED + 1:
                yield f"And more {row._meta.verbose_name_plural}."

    def _refusal(self, row: Any, sentences: list[str], request: HttpRequest) -> str:
        instead = ""
        if self.admin_site.is_registered(type(row)):
            model_admin = self.admin_site.get_model_admin(type(row))
            if isinstance(model_admin, DeletionAdmin):
                instead = model_admin.instead_of_deleting(request, row)
        parts = [(part,) for part in [*sentences, instead] if part]
        return format_html("{}. {}", _link(row, request), format_html_join(" ", "{}", parts))


def _that_have(condition: Q, reference: Reference, owners: list[Any]) -> list[Any]:
    """Return the owners that rows with this condition refer to. One query at most."""
    if not condition or not owners:
        return owners
    among = reference.owners_in_use(condition).filter(pk__in=[owner.pk for owner in owners])
    pks = set(among.values_list("pk", flat=True))
    return [owner for owner in owners if owner.pk in pks]


def _is_link(reference: Reference) -> bool:
    """Return whether the rows only join two others, such as a movie and a genre."""
    return bool(reference.rows.model._meta.auto_created)


def _link(row: Any, request: HttpRequest) -> str:
    """Return the kind and the name of a row, with a link to its page."""
    kind = capfirst(str(row._meta.verbose_name))
    return format_html("{}: {}", kind, link_to(row, request))
