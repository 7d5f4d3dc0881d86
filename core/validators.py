"""Validators of fields, for forms and serializers alike."""

import unicodedata

from django.core.exceptions import ValidationError

from core.names import hidden_character


def no_hidden_characters(text: str) -> None:
    """Raise ValidationError for text that looks like another text, or is shown in another order.

    Every field refuses a NUL and half a surrogate pair by itself.
    """
    character = hidden_character(text)
    if character and character != "\0" and unicodedata.category(character) != "Cs":
        name = unicodedata.name(character, "")
        shown = f"U+{ord(character):04X} {name}".rstrip()
        raise ValidationError(f"Remove the hidden character {shown}.", code="hidden_character")
