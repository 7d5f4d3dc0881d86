"""Domain errors of accounts."""

from datetime import date
from typing import Self

from core.errors import Conflict, DomainError


class WrongCredentials(DomainError):
    """The same for a wrong password, an unknown user name and a deactivated account."""

    status = 401
    code = "wrong_credentials"
    sentence = "The user name or password is wrong."


class StaffAccount(Conflict):
    code = "staff_account"
    sentence = "This is an account of staff. Take its rights away first."

    @classmethod
    def of_former_staff(cls, until: date) -> Self:
        """The refusal while the audit keeps what the user did as a member of staff."""
        return cls(
            "This was an account of staff. What they did is kept with their name, so it can be "
            f"erased from {until:%-d %B %Y} on."
        )


class SecondFactorRequired(DomainError):
    status = 401
    code = "second_factor_required"
    sentence = (
        "This account has a second factor. Send the code of the app, or a recovery code, too."
    )


class SecondFactorWrong(DomainError):
    status = 401
    code = "second_factor_wrong"
    sentence = "The code is wrong, or was used before. Send the one that the app shows now."


class SecondFactorMissing(DomainError):
    status = 403
    code = "second_factor_missing"
    sentence = (
        "Staff need a second factor here. Log in to the admin, and set one up at "
        "/admin/second-factor/set-up/."
    )


class CodesPaused(DomainError):
    status = 429
    code = "throttled"
    sentence = "The last code was wrong. Wait before the next one."

    def __init__(self, seconds: int) -> None:
        wait = "a second" if seconds == 1 else f"{seconds} seconds"
        super().__init__(f"The last code was wrong. Try the next one in {wait}.")
        self.retry_after = seconds


class PasswordNeeded(DomainError):
    status = 403
    code = "password_needed"
    sentence = (
        "This needs a password that was given within the last 15 minutes. Send it to "
        "auth/confirm/, then try again."
    )
