"""The entries about an object, for its history page in the admin."""

from typing import Any

from django import template
from django.db.models import Model

from audit.models import Entry
from audit.narrowing import narrowed

MOST = 100

register = template.Library()


@register.simple_tag(takes_context=True)
def audit_entries(context: Any, row: Model) -> list[Entry]:
    """Return the newest entries about the row, as the user may see them. One query."""
    entries = Entry.objects.about(row)[:MOST]
    return [narrowed(entry, context["request"].user) for entry in entries]
