"""Log-in, the tokens that follow from it, and the user of a token."""

import re
from datetime import datetime
from typing import TypedDict

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import aware_utcnow, datetime_from_epoch

from accounts.devices import device_of
from accounts.errors import (
    CodesPaused,
    SecondFactorMissing,
    SecondFactorRequired,
    SecondFactorWrong,
    WrongCredentials,
)
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import USER, Session, User
from accounts.second_factor.codes import check_code
from accounts.second_factor.requirement import lacks_factor
from accounts.tokens import AccessToken, RefreshToken
from core.db.statements import Statement
from core.errors import TokenInvalid, raises
from core.row_numbers import LIMIT, stored_number

USER_BY_KEY = Statement(lambda pk: User.objects.filter(pk=pk).order_by())
USER_OF_SESSION = Statement(
    lambda pk, session: User.objects.filter(
        pk=pk, sessions__pk=session, sessions__ended_at=None
    ).order_by()
)


class TokenPair(TypedDict):
    access: str
    refresh: str


@raises(
    WrongCredentials,
    SecondFactorRequired,
    SecondFactorWrong,
    SecondFactorMissing,
    CodesPaused,
    HashingBusy,
)
@one_hash_at_a_time()  # from here on: a log-in that is refused costs no query
def log_in(*, request: HttpRequest, username: str, password: str, code: str = "") -> TokenPair:
    """Return a pair of tokens of a new session; raises WrongCredentials and HashingBusy.

    `request` is Django's: django-axes counts failures by its address and marks a lock-out on it.
    A user with a second factor needs `code`: raises SecondFactorRequired and SecondFactorWrong,
    both only after the right password.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    _check_factor(request, user, username, code)
    # Resets the count of failures and sets last_login.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens_of(user, user_agent=request.headers.get("User-Agent", ""))


def _check_factor(request: HttpRequest, user: User, username: str, code: str) -> None:
    """Raise an error unless the log-in has the second factor. No query for users without one."""
    if lacks_factor(user):
        raise SecondFactorMissing
    if not user.has_second_factor:
        return
    if not code:
        raise SecondFactorRequired
    if not check_code(user=user, code=code):
        credentials = {"username": username}
        user_login_failed.send(sender=User, request=request, credentials=credentials)
        raise SecondFactorWrong


def tokens_of(user: User, *, user_agent: str = "", is_confirmed: bool = True) -> TokenPair:
    """Begin a session, and return its first pair of tokens.

    `is_confirmed` says whether all that a log-in needs was just given.
    """
    now = aware_utcnow()  # the clock by which tokens are checked
    session = Session(user=user, password_stamp=user.password_stamp, created_at=now)
    session.device, session.last_used_at = device_of(user_agent), now
    session.confirmed_at = now if is_confirmed else None
    pair, session.expires_at = pair_of(session, user=user, generation=0, issued_at=now)
    session.save(force_insert=True)
    return pair


def pair_of(
    session: Session, *, user: User, generation: int, issued_at: datetime
) -> tuple[TokenPair, datetime]:
    """Return a pair of tokens and its end; the same arguments and keys give the same bytes."""
    refresh, access = RefreshToken(), AccessToken()
    refresh["generation"] = generation
    for token in (refresh, access):
        token.set_iat(at_time=issued_at)
        token.set_exp(from_time=issued_at)
        token["jti"] = f"{session.pk.hex}.{generation}"
        token["session"] = session.pk.hex
        token["user_id"] = str(user.number)
        token["hash_password"] = user.password_stamp
    pair: TokenPair = {"access": str(access), "refresh": str(refresh)}
    return pair, datetime_from_epoch(refresh["exp"])


def user_of(token: Token) -> User:
    """Return the user of a verified access token. One query.

    Raises TokenInvalid if the user is gone or deactivated, or has changed the password since, or if
    the session has ended, or if a second factor is required now and missing. A token of version
    0.1.0 has no session, and the primary key of its user.
    """
    user_id = str(token.get("user_id"))
    if not re.fullmatch("[0-9]{1,19}", user_id):
        raise TokenInvalid
    number, session = int(user_id), token.get("session")
    if session is None:
        found: list[User] = USER_BY_KEY(pk=number)
    elif number < LIMIT:
        found = USER_OF_SESSION(pk=stored_number(USER, number), session=session)
    else:
        found = []
    for user in found:
        is_current = user.is_active and token.get("hash_password") == user.password_stamp
        if is_current and not lacks_factor(user):
            return user
    raise TokenInvalid
