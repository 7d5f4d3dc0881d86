"""What can go wrong with an account."""

from rest_framework.exceptions import AuthenticationFailed

from core.errors import Problem


class WrongCredentials(AuthenticationFailed, Problem):
    """One answer for a wrong password, an unknown user and a deactivated one."""

    default_code = "wrong_credentials"
    default_detail = "User name or password is wrong."
