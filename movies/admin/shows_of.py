"""Links to the shows that use a row."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from movies.models import Show


def its_shows(field: str, row: Any, request: HttpRequest) -> str:
    """Return the sentence with a link to the shows whose field refers to the row.

    Empty for users who may not see shows.
    """
    if not admin.site.get_model_admin(Show).has_view_permission(request):
        return ""
    url = f"{reverse('admin:movies_show_changelist')}?{field}__id__exact={row.pk}"
    return format_html('<a href="{}">See its shows</a>.', url)
