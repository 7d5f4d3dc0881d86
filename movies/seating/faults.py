"""Collecting the faults of a plan, so that all of them are told at once."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from movies.seating.plan import PlanError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Faults:
    """The faults found so far. Reading goes on after a fault."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, sentence: str) -> None:
        self._found.append(sentence)

    def tried(
        self, otherwise: _T, read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return what `read` returns; where it raises PlanError, keep the faults and go on."""
        try:
            return read(*args, **kwargs)
        except PlanError as error:
            self._found += error.faults
            return otherwise

    def raise_all(self) -> None:
        """Raise PlanError with all faults, if there are any."""
        if self._found:
            raise PlanError(*self._found)
