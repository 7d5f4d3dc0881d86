"""Pages of the admin to export and to erase a customer's data, on request."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse

from accounts.admin_user_pages import context_of, find_user, page_of
from accounts.errors import StaffAccount
from accounts.models import User
from accounts.services import erase_user, export_data, refusal_to_erase


def export_page(model_admin: Any, request: HttpRequest, id: str) -> HttpResponse:
    """Answer with everything that is stored about the customer, as a file."""
    user = _customer(model_admin, request, id)
    response = JsonResponse(export_data(user), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="customer-{user.number}.json"'
    return response


def erase_page(model_admin: Any, request: HttpRequest, id: str) -> HttpResponse:
    """Ask, and then erase the customer."""
    user = _customer(model_admin, request, id)
    if request.method == "POST":
        try:
            done = erase_user(user=user)
        except StaffAccount as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Erased." if done else "This was erased before.")
        return HttpResponseRedirect(page_of(user))
    context = context_of(model_admin, request, user, title=f"Erase {user}")
    context["refusal"] = refusal_to_erase(user)
    return TemplateResponse(request, "admin/accounts/erase.html", context)


def _customer(model_admin: Any, request: HttpRequest, id: str) -> User:
    """Return the customer. Raises PermissionDenied, and Http404 for an unknown one."""
    user = find_user(id)
    if not model_admin.may_handle_data(request, user or User()):
        raise PermissionDenied
    if user is None:
        raise Http404("There is no such user.")
    return user
