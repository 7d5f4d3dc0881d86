"""Lookups without case that find `Straße` by `strasse` on PostgreSQL too.

SQLite compares by case folding, see `core.db.sqlite`. PostgreSQL compares what UPPER returns, which
changes one letter into one letter, unless its database has a locale of ICU.
"""

from typing import Any

from django.db.models import CharField, TextField, lookups
from django.db.models.lookups import Lookup

# Letters that fold to several, by what they fold to.
WIDE_LETTERS = {"ss": "ßẞ", "եւ": "և"}


class WideLetters(Lookup):
    """Mixin of a lookup: replace such letters on both sides, if the words may match a part of one.

    So a search for most words scans its rows as fast as before.
    """

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        sql, params = super().process_lhs(compiler, connection, lhs)
        return self._folded(sql, connection), params

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """Return such as `LIKE UPPER(%s)`, with the letters of its value replaced."""
        operator, _, value = super().get_rhs_op(connection, rhs).partition(" ")  # type: ignore[misc]
        return f"{operator} {self._folded(value, connection)}"

    def _folded(self, sql: str, connection: Any) -> str:
        if connection.vendor == "postgresql" and isinstance(self.rhs, str):
            words = self.rhs.casefold()
            for folded, letters in WIDE_LETTERS.items():
                for letter in letters if _may_match(words, folded) else ():
                    sql = f"REPLACE({sql}, '{letter}', '{folded.upper()}')"
        return sql


def _may_match(words: str, folded: str) -> bool:
    """Return whether words contain these letters, or begin or end amid them: `stras`, `se`."""
    return folded in words or words.startswith(folded[-1]) or words.endswith(folded[0])


def register() -> None:
    """Let all text fields have these lookups."""
    for lookup in (lookups.IExact, lookups.IContains, lookups.IStartsWith, lookups.IEndsWith):
        wide = type(lookup.__name__, (WideLetters, lookup), {})
        for field in (CharField, TextField):
            field.register_lookup(wide)
