"""The template filter `contents_for`."""

from typing import Any

from django import template
from django.contrib.admin.helpers import AdminReadonlyField
from django.http import HttpRequest

from core.http.admin_links import link_to

register = template.Library()


class PermittedField(AdminReadonlyField):
    """Links to a row only if the user may open its page; Django's links to every row."""

    request: HttpRequest

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> str:
        return link_to(remote_obj, self.request)


@register.filter
def contents_for(field: AdminReadonlyField, request: HttpRequest) -> str:
    """Return the contents of a read-only field: `{{ field|contents_for:request }}`."""
    permitted = PermittedField(field.form, field.field["field"], field.is_first, field.model_admin)
    permitted.request = request
    contents: str = permitted.contents()
    return contents
