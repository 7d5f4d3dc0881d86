"""When two spellings are the same name: one rule, in Python and in the database.

A model with a `name` gets a `name_key` column that holds `name_key(name)`, and a `UniqueName`
constraint on it. The key is computed in Python, so SQLite and PostgreSQL agree on every alphabet:
`STRASSE` and `Straße`, `Амели` and `амели` are one name.
"""

import unicodedata


def name_key(name: str) -> str:
    """Return what all spellings of a name share: Unicode NFKC, case folded, single spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings are the same name."""
    return name_key(one) == name_key(other)
