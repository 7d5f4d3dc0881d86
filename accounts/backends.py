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
        user = User.objects.who_logs_in_as(username)
        if user is None:
            User().set_password(password)  # an unknown name takes as long as a known one
            return None
        is_right = user.check_password(password) and self.user_can_authenticate(user)
        return user if is_right else None
