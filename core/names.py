"""When two spellings are the same name: one rule, in Python and in the database.

A model with a `name` gets a `name_key` column that holds `name_key(name)`, and a `UniqueName`
constraint on it. The key is computed in Python, so SQLite and PostgreSQL agree on every alphabet:
`STRASSE` and `Straße`, `Амели` and `амели` are one name.
"""

import unicodedata
from typing import Any

from django.db import models


def name_key(name: str) -> str:
    """Return what all spellings of a name share: Unicode NFKC, case folded, single spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings are the same name."""
    return name_key(one) == name_key(other)


class NameKeyField(models.TextField[str, str]):
    """The key of the row's `name`. It is always computed; a value that is assigned is ignored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "editable": False})

    def contribute_to_class(
        self, cls: type[models.Model], name: str, *args: Any, **kw: Any
    ) -> None:
        super().contribute_to_class(cls, name, *args, **kw)
        setattr(cls, name, _KeyOfName())


class _KeyOfName:
    def __get__(self, row: Any, owner: type[models.Model] | None = None) -> Any:
        return self if row is None else name_key(row.name)

    def __set__(self, row: Any, value: object) -> None:
        """Ignore the value: Django assigns what it read from the row."""


class UniqueName(models.UniqueConstraint):
    """Unique by `name_key`. Forms check it whenever they contain the name."""

    def __init__(self, *, name: str, fields: Any = ("name_key",), **kwargs: Any) -> None:
        super().__init__(fields=fields, name=name, **kwargs)

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = "default",
    ) -> None:
        if exclude and "name" in exclude:
            return
        super().validate(model, instance, set(exclude or ()) - {"name_key"}, using)
