"""A session of the API that gives the password again, for what needs a fresh one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework_simplejwt.utils import aware_utcnow

from accounts.errors import CodesPaused, PasswordNeeded
from accounts.failures import LockedOut, count_failure
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import Session, User
from accounts.second_factor.codes import check_code
from accounts.services.passwords import check_current_password
from accounts.staff_sessions import FRESH_FOR
from audit.records import present_request
from core.errors import InvalidInput, raises

NO_SESSION = "This token has no session. Log in again instead."
CODE_NEEDED = "The code of your app, or a recovery code, is needed too."
CODE_WRONG = "The code is wrong, or was used before."


@raises(InvalidInput, CodesPaused, HashingBusy, LockedOut)
def confirm_session(*, user: User, session: str | None, password: str, code: str = "") -> None:
    """Note that the user has given the password, and the second factor if there is one.

    Raises InvalidInput if one of them is wrong or missing, CodesPaused, HashingBusy and LockedOut.
    """
    if session is None:
        raise InvalidInput.of(None, NO_SESSION)
    with one_hash_at_a_time():
        check_current_password(user, password, field="password")
    if user.has_second_factor:
        if not code:
            raise InvalidInput.of("code", CODE_NEEDED, "required")
        if not check_code(user=user, code=code):
            if request := present_request():
                count_failure(request, user)
            raise InvalidInput.of("code", CODE_WRONG, "wrong_code")
    Session.objects.filter(pk=UUID(session), user=user).update(confirmed_at=aware_utcnow())


@raises(PasswordNeeded)
def ensure_session_confirmed(token: Any) -> None:
    """Raise PasswordNeeded unless the session of the access token has a fresh password.

    One query.
    """
    since = aware_utcnow() - timedelta(seconds=FRESH_FOR)
    session = token.get("session")
    if session is None:  # of version 0.1.0
        raise PasswordNeeded
    if not Session.objects.filter(pk=session, confirmed_at__gte=since).exists():
        raise PasswordNeeded
