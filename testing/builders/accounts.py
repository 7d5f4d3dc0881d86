"""Users and their API clients for tests."""

from functools import cache

from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import tokens_of


def make_user(username="alice", password=None, **fields):
    """Return a new user, whose e-mail is verified; without a password one that cannot log in.

    The latter is quicker.
    """
    user = User(username=username, **{"email_verified": bool(fields.get("email")), **fields})
    user.set_password(password)
    user.save()
    return user


def make_staff(username="staff", password=None):
    """Return a member of staff with all permissions."""
    return make_user(username, password, is_staff=True, is_superuser=True)


def make_clerk(*codenames, username="clerk"):
    """Return a member of staff with these permissions and no others."""
    clerk = make_user(username, is_staff=True)
    allow(clerk, *codenames)
    return clerk


def allow(user, *codenames):
    """Give the user these permissions and no others."""
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


@cache
def _handler():
    """Return one handler for all clients: a new one loads the middleware and lists static files."""
    return APIClient().handler


def client_of(user):
    """Return an API client that sends the user's access token, as a front end does."""
    client = APIClient()
    client.handler = _handler()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_of(user)['access']}")
    return client


def staff_client(username, *codenames):
    """A client of a member of the staff who has these permissions and no others."""
    user = make_user(username, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return client_of(user)
