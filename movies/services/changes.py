"""Applying changed fields to a copy of a row."""

from copy import copy


def with_changes(row, changes):
    changed = copy(row)
    for field, value in changes.items():
        setattr(changed, field, value)
    return changed
