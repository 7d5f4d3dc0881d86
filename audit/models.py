"""What members of staff did. Rows are added and never changed."""

from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.template.defaultfilters import truncatechars

MAX_CHANGES = 300  # characters

REFUSAL = (
    "The audit is append-only: its rows are changed only to erase a person, and only `tidy` "
    "deletes old ones."
)


class AppendOnly(Exception):
    def __init__(self) -> None:
        super().__init__(REFUSAL)


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, row: models.Model) -> "EntryQuerySet":
        return self.filter(object_type=row._meta.label_lower, object_id=str(row.pk))

    def update(self, **fields: Any) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *arguments: Any, **options: Any) -> NoReturn:
        raise AppendOnly

    def update_or_create(self, *arguments: Any, **options: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class Entry(models.Model):
    """One act of a member of staff, or of a command.

    It refers to users and objects by their numbers, without foreign keys: it outlives them.
    """

    at = models.DateTimeField(auto_now_add=True)
    user_id = models.BigIntegerField(null=True, help_text="Empty for commands.")
    who = models.CharField(max_length=150, help_text="The user name, or the name of the command.")
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=40)
    object_type = models.CharField(max_length=100, blank=True, help_text="Such as movies.show.")
    object_id = models.CharField(max_length=64, blank=True)
    object_text = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["object_type", "object_id"], name="audit_entry_object"),
            models.Index(fields=["who"], name="audit_entry_who"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who}: {self.verb} {self.object_text}"

    def save(self, **options: Any) -> None:
        """Insert the row. Raises AppendOnly for one that is stored."""
        if not self._state.adding:
            raise AppendOnly
        super().save(**{**options, "force_insert": True})

    def delete(self, *arguments: Any, **options: Any) -> NoReturn:
        raise AppendOnly

    @property
    def changes(self) -> str:
        """Return what changed in one line, shortened: `name: Dram → Drama`."""
        names = sorted({**self.before, **self.after})
        parts = (
            f"{name}: {self.before.get(name, '')} → {self.after.get(name, '')}" for name in names
        )
        return truncatechars("; ".join(parts), MAX_CHANGES)


def raw_update(entry: Entry, texts: dict[str, Any]) -> None:
    """Write the texts of an entry. The trigger refuses it without a row of Erasing."""
    models.QuerySet(Entry).filter(pk=entry.pk).update(**texts)


class Erasing(models.Model):
    """The permission to change the texts of an entry, while a person is erased from it.

    The trigger of the entries reads it.
    """

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.entry_id}"


class Tidying(models.Model):
    """The permission to delete entries older than `before`; it exists only while `tidy` runs.

    The trigger of the entries reads it.
    """

    before = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.before}"
