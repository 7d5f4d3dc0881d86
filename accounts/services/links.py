"""The link in a mail that verifies an e-mail address: a signed value, which no table holds."""

from django.core import signing

from accounts import messages
from accounts.models import User
from core.errors import InvalidInput

SALT = "accounts.services.links"
SECONDS = 3 * 24 * 60 * 60
LINK_INVALID = "The link is invalid, has expired or was used already. Ask for a new one."


def link_invalid() -> InvalidInput:
    """The error for the field `token` of every link in a mail."""
    return InvalidInput.of("token", LINK_INVALID)


def send_link(user: User, address: str) -> None:
    """Mail the link that verifies the address for this user."""
    token = signing.dumps([user.number, address], salt=SALT)
    messages.send_verification(user, address=address, token=token, seconds=SECONDS)


def read_link(token: str) -> tuple[int, str]:
    """Return the number of the user and the address. Raises InvalidInput."""
    try:
        number, address = signing.loads(token, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise link_invalid() from error
    return number, address
