"""The link in a mail that verifies an e-mail address: a signed value, which no table holds."""

from typing import NamedTuple

from django.core import signing

from accounts.models import User
from core.errors import InvalidInput

SALT = "accounts.services.links"
SECONDS = 3 * 24 * 60 * 60
LINK_INVALID = "The link is invalid, has expired or was used already. Ask for a new one."


def link_invalid() -> InvalidInput:
    """The error for the field `token` of every link in a mail."""
    return InvalidInput.of("token", LINK_INVALID)


class Link(NamedTuple):
    """The user, the address, and the stamp of the password: a new one ends older links."""

    number: int
    address: str
    password_stamp: str


def token_of(user: User, address: str) -> str:
    """Return the token of a link that verifies the address for this user."""
    return signing.dumps(Link(user.number, address, user.password_stamp), salt=SALT)


def read_link(token: str) -> Link:
    """Return what the token of a link says. Raises InvalidInput."""
    try:
        return Link(*signing.loads(token, salt=SALT, max_age=SECONDS))
    except (signing.BadSignature, TypeError) as error:
        raise link_invalid() from error
