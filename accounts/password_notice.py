"""The mail about a new password."""

from django.contrib.auth.models import AbstractBaseUser

from accounts import messages
from accounts.models import User


class PasswordNotice:
    """Mails a user about each change of the password.

    One of Django's password validators, because Django calls `password_changed` of each of them:
    also for a password that staff set in the admin, or a command.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        pass

    def get_help_text(self) -> str:
        return "A verified e-mail address gets a mail about the new password."

    def password_changed(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Mail the user, but for the first password of an account nobody has used yet."""
        if isinstance(user, User) and user.verified_address and user.last_login:
            messages.send_password_changed(user)
