"""Erasure of a person from the audit, whose rows are otherwise never changed."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Model

from audit.models import Entry, Erasing, raw_update

ERASED = "(erased)"


def erase_entries(
    model: type[Model], pks: Iterable[int], *, typed: Collection[str] | None = None
) -> None:
    """Take what was typed by or about a person out of the entries about these rows.

    With `typed`, only the values of these names; otherwise all values, and the text. Who did it,
    when, and to which object stays. Runs in the present transaction: one query, and three for each
    entry that changes.
    """
    ids = [str(pk) for pk in pks]
    for entry in Entry.objects.filter(object_type=model._meta.label_lower, object_id__in=ids):
        texts = {
            "object_text": entry.object_text if typed else ERASED,
            "before": _erased(entry.before, typed),
            "after": _erased(entry.after, typed),
        }
        if any(getattr(entry, name) != value for name, value in texts.items()):
            permission = Erasing.objects.create(entry_id=entry.pk)
            raw_update(entry, texts)
            permission.delete()


def _erased(values: dict[str, Any], typed: Collection[str] | None) -> dict[str, Any]:
    return {
        name: ERASED if value and (typed is None or name in typed) else value
        for name, value in values.items()
    }
