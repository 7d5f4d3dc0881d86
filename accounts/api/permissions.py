"""A permission that depends on the session of a token."""

from rest_framework.permissions import BasePermission

from accounts.services import ensure_session_confirmed


class FreshPassword(BasePermission):
    """Allow sessions with a password that was given a short time ago. One query.

    A permission, because it must be checked before the answer to a repeated request is looked up:
    a refusal that was kept would stay after the password was given.
    """

    def has_permission(self, request, view):
        ensure_session_confirmed(request.auth)
        return True
