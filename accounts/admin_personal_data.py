"""Pages of the admin for a customer who asks for the data, or for their erasure, by letter."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.errors import StaffAccount
from accounts.models import User
from accounts.services import erase_user, export_data
from core.http.admin_guard import ID


def export_page(model_admin: Any, request: HttpRequest, id: str) -> HttpResponse:
    """Answer with everything that is stored about the customer, as a file."""
    user = _customer(model_admin, request, id)
    response = JsonResponse(export_data(user), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="customer-{user.number}.json"'
    return response


def erase_page(model_admin: Any, request: HttpRequest, id: str) -> HttpResponse:
    """Ask, and then erase the customer."""
    user = _customer(model_admin, request, id)
    page = reverse("admin:accounts_user_change", args=[user.pk])
    if request.method == "POST":
        try:
            done = erase_user(user=user)
        except StaffAccount as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Erased." if done else "This was erased before.")
        return HttpResponseRedirect(page)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": f"Erase {user}",
        "opts": model_admin.opts,
        "original": user,
        "page": page,
    }
    return TemplateResponse(request, "admin/accounts/erase.html", context)


def _customer(model_admin: Any, request: HttpRequest, id: str) -> User:
    """Return the customer. Raises PermissionDenied, and Http404 for an unknown one."""
    user = User.objects.filter(pk=int(id)).first() if ID.fullmatch(id) else None
    if not model_admin.may_handle_data(request, user or User()):
        raise PermissionDenied
    if user is None:
        raise Http404("There is no such user.")
    return user
