"""Changed fields on a copy of a row."""

from collections.abc import Mapping
from copy import copy
from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def with_changes(row: Row, changes: Mapping[str, object]) -> Row:
    """Return a copy of the row with these fields; nothing is saved."""
    changed = copy(row)
    for field, value in changes.items():
        setattr(changed, field, value)
    return changed
