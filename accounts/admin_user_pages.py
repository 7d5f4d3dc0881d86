"""What the pages of the admin about one user have in common."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from core.http.admin_guard import ID


def find_user(id: str) -> User | None:
    """Return the user with the id of a URL, if it is one."""
    return User.objects.filter(pk=int(id)).first() if ID.fullmatch(id) else None


def page_of(user: User) -> str:
    """Return the URL of the user's own page."""
    return reverse("admin:accounts_user_change", args=[user.pk])


def context_of(model_admin: Any, request: HttpRequest, user: User, *, title: str) -> dict[str, Any]:
    """Return the context of a page about the user: a template leads back to `page`."""
    return {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "original": user,
        "page": page_of(user),
    }
