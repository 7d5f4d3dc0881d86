"""Replace a name of the service in the memory of this process."""

from typing import Any


class NothingToReplace(Exception):
    """The service has no such public name."""


def replace(place: Any, name: str, new: Any) -> None:
    """Replace an attribute of a module or a class, or an entry of a dict.

    Raises NothingToReplace.
    """
    ensure_replaceable(place, name)
    if isinstance(place, dict):
        place[name] = new
    else:
        setattr(place, name, new)


def ensure_replaceable(place: Any, name: str) -> None:
    """Raise NothingToReplace if the place has no such name, or if the name is private."""
    where = "The dict" if isinstance(place, dict) else place.__name__
    if name.startswith("_"):
        raise NothingToReplace(f"{where}: {name} is private. Replace a public name.")
    is_there = name in place if isinstance(place, dict) else hasattr(place, name)
    if not is_there:
        raise NothingToReplace(f"{where} has no {name}. Was it renamed?")
