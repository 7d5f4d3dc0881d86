"""What the apps store about a person: each registers its parts in its module `personal_data`.

`accounts.services.personal_data` exports all of them to the person, and erases them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.module_loading import autodiscover_modules

from accounts.models import User


class Part(NamedTuple):
    """`export` returns what JSON can hold, and `erase` is called in one transaction for all parts.

    `in_use` filters the users who have used the service since a moment.
    """

    export: Callable[[User], Any]
    erase: Callable[[User], None]
    in_use: Callable[[QuerySet[User], Any], QuerySet[User]] | None = None


_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """Add a part under its name in the export."""
    _parts[name] = part


def all_parts() -> dict[str, Part]:
    """Return the parts of all apps by name."""
    autodiscover_modules("personal_data")
    return dict(_parts)
