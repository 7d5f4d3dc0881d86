"""The deploy check of the demo data: `manage.py check --deploy`."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError

from accounts.models import User
from demo.accounts import ACCOUNTS


@register(deploy=True)
def no_public_passwords(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Report active demo accounts that still have their public password."""
    passwords = {account.username: account.password for account in ACCOUNTS}
    try:
        users = list(User.objects.filter(username__in=passwords, is_active=True))
    except DatabaseError:  # not migrated or not reachable: no account can log in either
        return []
    return [
        Error(
            f"The demo account {user.username} still has its public password.",
            hint="Change the password, or deactivate the account.",
            id="demo.E001",
        )
        for user in users
        if user.check_password(passwords[user.username])
    ]
