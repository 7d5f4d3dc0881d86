"""Links to the shows that use a row."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html


def its_shows(field: str, row: Any) -> str:
    """Return the sentence with a link to the shows whose field refers to the row."""
    url = f"{reverse('admin:movies_show_changelist')}?{field}__id__exact={row.pk}"
    return format_html('<a href="{}">See its shows</a>.', url)
