"""What deleting rows takes with it, and what stands in the way.

Django's own search for this loads every row that it finds, all bookings of a cinema for example.
Here each relation is a queryset that is only counted, or read to its first few rows.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import CASCADE, PROTECT, RESTRICT, Exists, Model, OuterRef, Q, QuerySet

from core.errors import InUse


class Reference(NamedTuple):
    """A foreign key to rows that would be deleted.

    `owners` are those rows, `rows` the rows that refer to them by `field`.
    """

    owners: QuerySet[Any]
    rows: QuerySet[Any]
    field: Any

    @property
    def deletes(self) -> bool:
        """Whether the rows are deleted with their owners."""
        return self.field.remote_field.on_delete is CASCADE

    @property
    def protects(self) -> bool:
        """Whether the rows keep their owners from being deleted."""
        return self.field.remote_field.on_delete in (PROTECT, RESTRICT)

    def owners_in_use(self, condition: Q | None = None) -> QuerySet[Any]:
        """Return the owners that rows refer to; with a condition, that such rows refer to.

        With a condition, the database may have to read all of their rows.
        """
        rows = self.field.model._base_manager.filter(
            condition or Q(), **{self.field.name: OuterRef("pk")}
        )
        return self.owners.filter(Exists(rows))


def references_to(owners: QuerySet[Any], path: frozenset[Any] = frozenset()) -> Iterator[Reference]:
    """Yield each foreign key to the owners, and to all rows that are deleted with them.

    No query: what is yielded depends on the models alone.
    """
    for relation in owners.model._meta.get_fields(include_hidden=True):
        is_from_below = relation.auto_created and not relation.concrete
        if not is_from_below or not (relation.one_to_many or relation.one_to_one):
            continue
        field = relation.field
        rows = field.model._base_manager.filter(**{f"{field.name}__in": owners})
        reference = Reference(owners, rows, field)
        yield reference
        if reference.deletes and field not in path:
            yield from references_to(rows, path | {field})


def ensure_not_in_use(row: Model) -> None:
    """Raise InUse if rows refer to this one or to what is deleted with it. Loads none of them."""
    owners = type(row)._base_manager.filter(pk=row.pk)
    protecting = (reference for reference in references_to(owners) if reference.protects)
    if any(reference.rows.exists() for reference in protecting):
        raise InUse
