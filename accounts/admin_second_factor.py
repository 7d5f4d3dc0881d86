"""The page of the admin on which a superuser removes the second factor that a user has lost."""

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts.admin_user_pages import context_of, find_user, page_of
from accounts.models import User
from accounts.second_factor.factors import factors_of, remove_all_factors
from accounts.second_factor.gate import ensure_confirmed


def remove_page(model_admin: "ModelAdmin[User]", request: HttpRequest, id: str) -> HttpResponse:
    """Ask, and then remove all factors of the user. Needs a fresh password."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = find_user(id)
    if user is None:
        raise Http404("There is no such user.")
    ensure_confirmed(request)
    if request.method == "POST":
        is_done = remove_all_factors(user=user)
        messages.success(request, "It is removed." if is_done else "It was removed before.")
        return HttpResponseRedirect(page_of(user))
    title = f"Remove the second factor of {user}"
    context = context_of(model_admin, request, user, title=title)
    context["factors"] = factors_of(user)
    return TemplateResponse(request, "admin/accounts/remove_second_factor.html", context)
