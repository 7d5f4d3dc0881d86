"""Names of rows: unique among them, or references to them, in any spelling."""

from typing import Any

from rest_framework import serializers
from rest_framework.validators import qs_exists

from core.db.name_key import NamedQuerySet, name_taken
from core.http.fields import BoundedListField
from core.names import name_key
from movies.limits import MAX_GENRES
from movies.models import Genre


class UniqueNameValidator:
    """Rejects a name that another row has."""

    requires_context = True

    def __init__(self, rows: NamedQuerySet[Any]) -> None:
        self.rows = rows

    def __call__(self, name: str, field: serializers.Field) -> None:
        row = field.parent.instance
        # A name that no column can hold, such as one with a NUL, matches no row.
        if qs_exists(self.rows.named(name).exclude(pk=row and row.pk)):
            raise serializers.ValidationError(name_taken(self.rows.model), code="unique")


class NameField(serializers.CharField):
    """The name of a row that must exist; the serializer of the list looks all names up at once."""

    def __init__(self, **kwargs):
        super().__init__(max_length=50, **kwargs)

    def to_representation(self, row):
        return row.name


class GenreNamesField(BoundedListField):
    """Genres by name, such as `["Drama", "Comedy"]`; they must exist."""

    child = serializers.CharField(max_length=50)
    default_error_messages = {"unknown": "There is no genre named {names}."}

    def __init__(self, **kwargs):
        super().__init__(max_length=MAX_GENRES, **kwargs)

    def to_internal_value(self, data):
        names = super().to_internal_value(data)
        genres = Genre.objects.named(*names).by_name_key()
        unknown = {name for name in names if name_key(name) not in genres}
        if unknown:
            self.fail("unknown", names=", ".join(sorted(unknown)))
        return list(genres.values())

    def to_representation(self, genres):
        return [genre.name for genre in genres.all()]
