"""Log-in and the tokens that follow from it."""

import re
from datetime import datetime, timedelta
from typing import TypedDict

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from accounts.errors import WrongCredentials
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import User
from core.db.statements import Statement
from core.db.transactions import atomic_with_retry
from core.errors import TokenInvalid, raises

# The first exchange of a refresh token may be repeated for this long: two tabs of a browser refresh
# at the same moment, or an answer is lost.
REPEAT_WINDOW = timedelta(seconds=30)
MAX_CHAIN = 10  # successors that are looked at; a client needs two
JTI_LENGTH = 32  # hexadecimal digits, as of a UUID

USER = Statement(lambda pk: User.objects.filter(pk=pk).order_by())


class TokenPair(TypedDict):
    access: str
    refresh: str


@raises(WrongCredentials, HashingBusy)
@one_hash_at_a_time()  # from here on: a log-in that is refused costs no query
def log_in(*, request: HttpRequest, username: str, password: str) -> TokenPair:
    """Return a pair of tokens; raises WrongCredentials and HashingBusy.

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

    Within REPEAT_WINDOW after the first exchange of a token, the same token gives the same pair.
    Raises TokenInvalid after that, and after a log-out or a new password.
    """
    token, user = _verified(refresh)
    return _exchange(token=token, user=user)


@raises(TokenInvalid)
def revoke_refresh_token(*, refresh: str) -> None:
    """Invalidate a refresh token. Raises TokenInvalid if it was invalidated before.

    A token that may still be repeated is valid: the log-out also invalidates its successor.
    """
    token, user = _verified(refresh)
    _revoke(token=token, user=user)


class UncheckedRefreshToken(RefreshToken):
    """A refresh token whose blacklist entry is read in the transaction that decides about it."""

    def check_blacklist(self) -> None:
        pass


def _verified(refresh: str) -> tuple[RefreshToken, User]:
    try:
        token = UncheckedRefreshToken(refresh)  # type: ignore[arg-type]  # the encoded token
    except TokenError as error:
        raise TokenInvalid from error
    return token, user_of(token)


@atomic_with_retry
def _exchange(*, token: RefreshToken, user: User) -> TokenPair:
    entry, is_first = _blacklist(token, user)
    if not is_first:
        _ensure_repeatable(token["jti"], entry)
    refresh, access = _successor_of(token, user=user, issued_at=entry.blacklisted_at)
    if is_first:
        OutstandingToken.objects.create(
            user=user,
            jti=refresh["jti"],
            token=str(refresh),
            created_at=entry.blacklisted_at,
            expires_at=datetime_from_epoch(refresh["exp"]),
        )
    return {"access": str(access), "refresh": str(refresh)}


@atomic_with_retry
def _revoke(*, token: RefreshToken, user: User) -> None:
    entry, is_first = _blacklist(token, user)
    jti = token["jti"]
    for _ in range(MAX_CHAIN):
        if is_first:
            return
        jti = _successor_jti(jti)
        successor = OutstandingToken.objects.filter(jti=jti).first()
        if successor is None or not _is_recent(entry):
            break
        entry, is_first = BlacklistedToken.objects.get_or_create(token=successor)
    raise TokenInvalid


def _blacklist(token: RefreshToken, user: User) -> tuple[BlacklistedToken, bool]:
    """Return the token's blacklist entry, and whether this call created it.

    Raises TokenInvalid for a token that only the leeway accepts once `tidy` has deleted its entry:
    it may have been used.
    """
    if datetime_from_epoch(token["exp"]) <= timezone.now():
        issued = OutstandingToken.objects.filter(jti=token["jti"]).first()
        if issued is None:
            raise TokenInvalid
        return BlacklistedToken.objects.get_or_create(token=issued)
    issued, _ = OutstandingToken.objects.get_or_create(
        jti=token["jti"],
        defaults={
            "user": user,
            "token": str(token),
            "created_at": token.current_time,
            "expires_at": datetime_from_epoch(token["exp"]),
        },
    )
    return BlacklistedToken.objects.get_or_create(token=issued)


def _ensure_repeatable(jti: str, entry: BlacklistedToken) -> None:
    """Raise TokenInvalid unless the token was exchanged a moment ago, without a log-out since.

    A token that was exchanged has a successor, a token that was logged out has none.
    """
    if not _is_recent(entry):
        raise TokenInvalid
    for _ in range(MAX_CHAIN):
        jti = _successor_jti(jti)
        successor = OutstandingToken.objects.filter(jti=jti).select_related("blacklistedtoken")
        found = successor.first()
        if found is None:
            raise TokenInvalid
        if not hasattr(found, "blacklistedtoken"):
            return
    raise TokenInvalid


def _is_recent(entry: BlacklistedToken) -> bool:
    return timezone.now() - entry.blacklisted_at < REPEAT_WINDOW


def _successor_of(
    token: RefreshToken, *, user: User, issued_at: datetime
) -> tuple[RefreshToken, AccessToken]:
    """Return the pair that follows a refresh token; the same arguments give the same bytes."""
    refresh, access = RefreshToken(), AccessToken()
    refresh["jti"] = _successor_jti(token["jti"])
    access["jti"] = _derived_id("access", token["jti"])
    for new in (refresh, access):
        new.set_iat(at_time=issued_at)
        new.set_exp(from_time=issued_at)
        new["user_id"] = str(user.pk)
        new["hash_password"] = get_md5_hash_password(user.password)
    return refresh, access


def _successor_jti(jti: str) -> str:
    return _derived_id("refresh", jti)


def _derived_id(kind: str, jti: str) -> str:
    """Return an id for a token that only this service can derive from the id of the old one."""
    digest = salted_hmac(f"accounts.successor.{kind}", jti, algorithm="sha256").hexdigest()
    return digest[:JTI_LENGTH]
