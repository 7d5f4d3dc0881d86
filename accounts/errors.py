"""Domain errors of accounts."""

from core.errors import Conflict, DomainError


class WrongCredentials(DomainError):
    """The same for a wrong password, an unknown user name and a deactivated account."""

    status = 401
    code = "wrong_credentials"
    sentence = "The user name or password is wrong."


class StaffAccount(Conflict):
    code = "staff_account"
    sentence = "This is an account of staff. Take its rights away first, then erase it."
