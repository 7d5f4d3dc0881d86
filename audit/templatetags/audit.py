"""The entries about an object, for its history page in the admin."""

from django import template
from django.db.models import Model

from audit.models import Entry

MOST = 100

register = template.Library()


@register.simple_tag
def audit_entries(row: Model) -> list[Entry]:
    """Return the newest entries about the row. One query."""
    return list(Entry.objects.about(row)[:MOST])
