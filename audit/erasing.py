"""Erasure of a person from the audit, whose rows are otherwise never changed."""

import json
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import quote, quote_plus

from django.db.models import Model, Q

from audit.models import Entry, Erasing, raw_update

ERASED = "(erased)"
MIN_TEXT = 3  # characters; a shorter text would be found in words of others


def erase_person(person: Model, texts: Iterable[str]) -> None:
    """Take the person out of the entries, in the present transaction.

    Entries about the person lose their values, and searches of staff the texts that name the
    person. Who did it, when and to which object stays. Three queries, and two for each entry; the
    searches of all staff are read.
    """
    words = sorted({text for text in texts if len(text) >= MIN_TEXT}, key=len, reverse=True)
    about = Q(object_type=person._meta.label_lower, object_id=str(person.pk))
    found = list(Entry.objects.filter(about).order_by())
    for entry in found:
        _rewrite(
            entry,
            object_text=ERASED,
            before=dict.fromkeys(entry.before, ERASED),
            after=dict.fromkeys(entry.after, ERASED),
        )
    if not words:
        return
    spellings = [spelling for word in words for spelling in _spellings(word)]
    named = reduce(or_, (Q(object_text__icontains=spelling) for spelling in spellings))
    values = reduce(
        or_, (Q(**{f"{side}__icontains": word}) for word in words for side in ("before", "after"))
    )
    for entry in Entry.objects.filter(named | values).order_by():
        _rewrite(
            entry,
            object_text=_without(entry.object_text, spellings),
            before=_values_without(entry.before, words),
            after=_values_without(entry.after, words),
        )


def _spellings(word: str) -> set[str]:
    """Return the word as it is and as URLs have it."""
    return {word, quote(word), quote_plus(word)}


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        start = text.lower().find(word.lower())
        while start >= 0:
            text = f"{text[:start]}{ERASED}{text[start + len(word) :]}"
            start = text.lower().find(word.lower(), start + len(ERASED))
    return text


def _values_without(values: dict[str, Any], words: list[str]) -> dict[str, Any]:
    """Return the values; those with one of the words are replaced as a whole."""
    return {name: ERASED if _has(value, words) else value for name, value in values.items()}


def _has(value: Any, words: list[str]) -> bool:
    text = json.dumps(value, ensure_ascii=False, default=str).lower()
    return any(word.lower() in text for word in words)


def _rewrite(entry: Entry, **texts: Any) -> None:
    """Change the texts of one entry, by the one road that the trigger permits."""
    permission = Erasing.objects.create(entry_id=entry.pk)
    raw_update(entry, texts)
    permission.delete()
