"""Log-in and the tokens that follow from it."""

import re
from typing import TypedDict, cast

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import RefreshToken, Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.errors import WrongCredentials
from accounts.models import User
from core.db.statements import Statement
from core.db.transactions import atomic_with_retry
from core.errors import TokenInvalid, raises

USER = Statement(lambda pk: User.objects.filter(pk=pk).order_by())


class TokenPair(TypedDict):
    access: str
    refresh: str


@raises(WrongCredentials)
def log_in(*, request: HttpRequest, username: str, password: str) -> TokenPair:
    """Return a pair of tokens; raises WrongCredentials.

    `request` is Django's: django-axes counts failures by its address and marks a lock-out on it.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    # Resets the count of failures and sets last_login.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens_of(user)


def tokens_of(user: User) -> TokenPair:
    """Return a new pair of tokens."""
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def user_of(token: Token) -> User:
    """Return the user of a verified token. One query.

    Raises TokenInvalid if the user is gone or deactivated, or has changed the password since.
    """
    user_id = str(token.get("user_id"))
    is_number = re.fullmatch("[0-9]{1,19}", user_id)
    found: list[User] = USER(pk=int(user_id)) if is_number else []
    for user in found:
        has_same_password = token.get("hash_password") == get_md5_hash_password(user.password)
        if user.is_active and has_same_password:
            return user
    raise TokenInvalid


@raises(TokenInvalid)
def exchange_refresh_token(*, refresh: str) -> TokenPair:
    """Return a new pair of tokens and invalidate the old refresh token.

    Raises TokenInvalid, also if another request has used the token first.
    """
    token, user = _verified(refresh)
    return _exchange(token=token, user=user)


@raises(TokenInvalid)
def revoke_refresh_token(*, refresh: str) -> None:
    """Invalidate a refresh token. Raises TokenInvalid, also if it was used before."""
    token, _ = _verified(refresh)
    _blacklist(token)


def _verified(refresh: str) -> tuple[RefreshToken, User]:
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # it takes the encoded token
    except TokenError as error:
        raise TokenInvalid from error
    return token, user_of(token)


@atomic_with_retry
def _exchange(*, token: RefreshToken, user: User) -> TokenPair:
    _blacklist(token)
    return tokens_of(user)


def _blacklist(token: RefreshToken) -> None:
    _, is_first = cast(tuple[BlacklistedToken, bool], token.blacklist())
    if not is_first:
        raise TokenInvalid
