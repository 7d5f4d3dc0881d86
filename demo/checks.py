"""What must not reach production."""

from django.core.checks import Error, register
from django.db import DatabaseError

from accounts.models import User
from demo.management.commands.load_demo import ACCOUNTS


@register(deploy=True)
def no_public_passwords(app_configs, **kwargs):
    """The demo accounts' passwords stand in the README."""
    passwords = {username: password for username, password, _ in ACCOUNTS}
    try:
        users = list(User.objects.filter(username__in=passwords, is_active=True))
    except DatabaseError:  # not migrated yet, or away: then nobody can log in either
        return []
    return [
        Error(
            f"The demo account {user.username} still has its public password.",
            hint="Change the password, or deactivate the account.",
            id="bookings.E001",
        )
        for user in users
        if user.check_password(passwords[user.username])
    ]
