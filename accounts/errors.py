"""Domain errors of accounts."""

from core.errors import DomainError


class WrongCredentials(DomainError):
    """The same for a wrong password, an unknown user name and a deactivated account."""

    status = 401
    code = "wrong_credentials"
    sentence = "The user name or password is wrong."


class TokenInvalid(DomainError):
    status = 401
    code = "token_not_valid"
    sentence = "The token is invalid or has expired. Log in again, or refresh it."
