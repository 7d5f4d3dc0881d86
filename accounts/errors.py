"""Domain errors of accounts."""

from core.errors import DomainError


class WrongCredentials(DomainError):
    """The same for a wrong password, an unknown user name and a deactivated account."""

    status = 401
    code = "wrong_credentials"
    sentence = "The user name or password is wrong."
