"""Log-in, the tokens that follow from it, and the user of a token."""

import re
from datetime import datetime
from typing import TypedDict

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import aware_utcnow, datetime_from_epoch

from accounts.devices import device_of
from accounts.errors import WrongCredentials
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import USER, Session, User
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


@raises(WrongCredentials, HashingBusy)
@one_hash_at_a_time()  # from here on: a log-in that is refused costs no query
def log_in(*, request: HttpRequest, username: str, password: str) -> TokenPair:
    """Return a pair of tokens of a new session; raises WrongCredentials and HashingBusy.

    `request` is Django's: django-axes counts failures by its address and marks a lock-out on it.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    # Resets the count of failures and sets last_login.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens_of(user, user_agent=request.headers.get("User-Agent", ""))


def tokens_of(user: User, *, user_agent: str = "") -> TokenPair:
    """Begin a session, and return its first pair of tokens."""
    now = aware_utcnow()  # the clock by which tokens are checked
    session = Session(user=user, password_stamp=user.password_stamp, created_at=now)
    session.device, session.last_used_at = device_of(user_agent), now
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
    the session has ended. A token of version 0.1.0 has no session, and the primary key of its user.
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
        if user.is_active and token.get("hash_password") == user.password_stamp:
            return user
    raise TokenInvalid
