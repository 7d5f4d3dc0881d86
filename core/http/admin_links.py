"""Links in the admin only to pages that the user may open."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html


def link_to(row: Any, request: HttpRequest) -> str:
    """Return the name of a row, with a link to its page if the user may open that."""
    opts = row._meta
    name = f"{admin.site.name}:{opts.app_label}_{opts.model_name}_change"
    try:
        url = reverse(name, args=[quote(row.pk)])
    except NoReverseMatch:
        return str(row)
    if not admin.site.get_model_admin(type(row)).has_view_permission(request, row):
        return str(row)
    return format_html('<a href="{}">{}</a>', url, row)
