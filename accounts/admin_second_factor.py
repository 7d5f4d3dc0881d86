"""The page of the admin on which a superuser removes the second factor that a user has lost."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from accounts.second_factor.factors import factors_of, remove_all_factors
from accounts.second_factor.gate import ensure_confirmed
from core.http.admin_guard import ID


def remove_page(model_admin: "ModelAdmin[User]", request: HttpRequest, id: str) -> HttpResponse:
    """Ask, and then remove all factors of the user. Needs a fresh password."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = User.objects.filter(pk=int(id)).first() if ID.fullmatch(id) else None
    if user is None:
        raise Http404("There is no such user.")
    ensure_confirmed(request)
    page = reverse("admin:accounts_user_change", args=[user.pk])
    if request.method == "POST":
        is_done = remove_all_factors(user=user)
        messages.success(request, "It is removed." if is_done else "It was removed before.")
        return HttpResponseRedirect(page)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": f"Remove the second factor of {user}",
        "opts": model_admin.opts,
        "original": user,
        "factors": factors_of(user),
        "page": page,
    }
    return TemplateResponse(request, "admin/accounts/remove_second_factor.html", context)
