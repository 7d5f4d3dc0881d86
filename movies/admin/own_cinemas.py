"""Pages of the admin for staff who are limited to some cinemas."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from movies.models import Cinema, Screen
from movies.staff_cinemas import OF_THE_CHAIN, cinemas_of, may_add, may_change, within_cinemas


class OwnCinemasAdmin(admin.ModelAdmin):
    """Mixin for rows that belong to one cinema: staff see only those of their cinemas.

    `cinema` is the path from a row to its cinema.
    """

    cinema: ClassVar[str]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return within_cinemas(super().get_queryset(request), request.user, self.cinema)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_view = super().has_view_permission(request, obj)
        return may_view and (obj is None or self._is_own(request, obj))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only screens and cinemas of the user."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        paths = {Screen: "cinema", Cinema: "pk"}
        if path := paths.get(db_field.related_model):
            field.queryset = within_cinemas(field.queryset, request.user, path)
        return field

    def _is_own(self, request: HttpRequest, obj: Model) -> bool:
        rows = self.model._base_manager.filter(pk=obj.pk)
        own = within_cinemas(rows, request.user, self.cinema)
        return own is rows or own.exists()


class SharedAdmin(admin.ModelAdmin):
    """Mixin for rows that cinemas share: staff change only what no other cinema uses.

    What the whole chain uses is changed by staff of all cinemas alone.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_add(request.user, self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, obj: Model | None) -> bool:
        if obj is None:
            return not issubclass(self.model, OF_THE_CHAIN) or cinemas_of(request.user) is None
        return may_change(request.user, obj)
