"""Models whose rows are unique by name: a stored `name_key` column and a constraint on it.

    class Genre(models.Model):
        name = models.CharField(max_length=50)
        name_key = NameKeyField()

        objects = NamedQuerySet.as_manager()

        class Meta:
            constraints = [UniqueName(name="genre_name")]

Python computes the key, so SQLite and PostgreSQL agree on every alphabet. Save such rows whole:
`save(update_fields=["name"])` would leave the old key.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.query_utils import DeferredAttribute

from core.names import MAX_KEY_LENGTH, name_key

Row = TypeVar("Row", bound=models.Model)


class _KeyOfName(DeferredAttribute):
    """The key of the row's present `name`.

    An assigned value is only stored: Django tells loaded fields from deferred ones by it.
    """

    def __get__(self, row: Any, owner: type[models.Model] | None = None) -> Any:
        return self if row is None else name_key(row.name)

    def __set__(self, row: models.Model, value: object) -> None:
        row.__dict__[self.field.attname] = value


if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField


class NameKeyField(CharField):
    """The `name_key` of the row's `name`. It follows the name, so nothing assigns it."""

    descriptor_class = _KeyOfName

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_KEY_LENGTH, "editable": False, **kwargs})

    def pre_save(self, row: models.Model, add: bool) -> Any:
        """Return the key. `update_or_create` also saves fields that have a `pre_save`."""
        return getattr(row, self.attname)


class NamedQuerySet(models.QuerySet[Row]):
    """Rows that are found by name, in any spelling."""

    def named(self, *names: str) -> Self:
        """Filter the rows that have one of these names."""
        return self.filter(name_key__in={name_key(name) for name in names})

    def by_name_key(self) -> dict[str, Row]:
        """Return `{name_key: row}`."""
        rows: Iterable[Any] = self
        return {row.name_key: row for row in rows}

    def update(self, **fields: Any) -> int:
        """Update rows, but reject a new name without its key: save the rows instead."""
        if "name" in fields and "name_key" not in fields:
            raise TypeError("update(name=...) would leave the old name_key: save the rows.")
        return super().update(**fields)


class UniqueName(models.UniqueConstraint):
    """Unique by `name_key`. A form with the name reports a violation at the name."""

    def __init__(self, *, name: str, fields: Iterable[str] = ("name_key",)) -> None:
        super().__init__(name=name, fields=list(fields))

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError for `name`, unless the name is excluded.

        Forms exclude the fields that they do not show, the key among them.
        """
        excluded = set(exclude or ())
        if "name" in excluded:
            return
        try:
            super().validate(model, instance, excluded - {"name_key"}, using)
        except ValidationError as error:
            taken = ValidationError(name_taken(model), code="unique")
            raise ValidationError({"name": taken}) from error


def name_taken(model: type[models.Model]) -> str:
    """Return the sentence for a name that another row has."""
    return f"There is a {model._meta.verbose_name} of this name."
