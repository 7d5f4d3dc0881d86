"""Whose password is checked at a log-in, in the API and the admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class NameOrAddressBackend(ModelBackend):
    """Takes a user name in any spelling, or a verified e-mail address. One hash for each try."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        candidates = User.objects.who_log_in_as(username)
        if not candidates:
            User().set_password(password)  # an unknown name takes as long as a known one
        for user in candidates:
            if user.check_password(password) and self.user_can_authenticate(user):
                return user
        return None
