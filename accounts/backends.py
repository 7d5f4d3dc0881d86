"""Whose password is checked at a log-in, in the API and the admin."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.hashers import spend_other_hashes
from accounts.models import User


class NameOrAddressBackend(ModelBackend):
    """Takes a user name in any spelling, or a verified e-mail address.

    A failure takes as long for each name, known or not, whichever hash it has.
    """

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
        encoded = user.password if user else ""
        if user is None:
            User().set_password(password)
        elif user.check_password(password) and self.user_can_authenticate(user):
            return user
        spend_other_hashes(password, encoded)
        return None
