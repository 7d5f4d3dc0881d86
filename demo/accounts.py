"""The demo accounts. Their passwords are public: they stand in the README."""

from typing import NamedTuple

from accounts.models import User


class DemoAccount(NamedTuple):
    username: str
    password: str
    is_staff: bool = False


ACCOUNTS = [
    DemoAccount("demo", "demo-pass123"),
    DemoAccount("staff", "staff-pass123", is_staff=True),
]


def load_accounts() -> list[User]:
    """Return the demo users; a missing one is created with its public password."""
    return [_load(account) for account in ACCOUNTS]


def _load(account: DemoAccount) -> User:
    rights = {"is_staff": account.is_staff, "is_superuser": account.is_staff}
    user, is_new = User.objects.get_or_create(username=account.username, defaults=rights)
    if is_new:
        user.set_password(account.password)
        user.save(update_fields=["password"])
    return user
