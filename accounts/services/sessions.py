"""Sessions of the API: rotation of their refresh tokens, and their end."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import messages
from accounts.models import Session, User
from accounts.services.tokens import TokenPair, pair_of, user_of
from accounts.tokens import RefreshToken
from audit.security import log_security
from core.db.transactions import atomic_with_retry
from core.errors import NotFound, TokenInvalid, raises

# A refresh token may be exchanged again for this long: two tabs of a browser refresh at the same
# moment, or an answer is lost.
GRACE = timedelta(seconds=30)
MAX_EXCHANGES = 100  # that are remembered, of those within GRACE


class Outcome(NamedTuple):
    """What a refresh token led to: a pair, a log-out, or the end of its session by reuse."""

    pair: TokenPair | None = None
    is_reused: bool = False


@raises(TokenInvalid)
def exchange_refresh_token(*, refresh: str) -> TokenPair:
    """Return the next pair of tokens of the session.

    Within GRACE after its first exchange, the same token gives the same pair. After that, its use
    ends the session, because one of two holders has stolen it: its owner is told by mail.
    Raises TokenInvalid then, and for a session that has ended.
    """
    token, user = _verified(refresh)
    outcome = _exchange(token=token, user=user)
    if outcome.pair is None:
        log_security("Refresh token reused", user.get_username())
        raise TokenInvalid
    return outcome.pair


@raises(TokenInvalid)
def revoke_refresh_token(*, refresh: str) -> None:
    """End the session of a refresh token. Raises TokenInvalid if it had ended, or for a reuse."""
    token, user = _verified(refresh)
    outcome = _revoke(token=token, user=user)
    if outcome.is_reused:
        log_security("Refresh token reused", user.get_username())
        raise TokenInvalid
    log_security("Log-out", user.get_username())


@raises(NotFound)
def end_session(*, user: User, session_id: UUID) -> None:
    """End one of the user's sessions at once. Raises NotFound if it has ended or is another's."""
    if not _end(Session.objects.of(user).filter(pk=session_id)):
        raise NotFound


def end_all_sessions(*, user: User) -> None:
    """Log the user out everywhere. Every access and refresh token of the user stops working."""
    _end_all(user=user)
    log_security("Log-out everywhere", user.get_username())


@atomic_with_retry
def _end_all(*, user: User) -> None:
    # Tokens of version 0.1.0 first: an exchange of one makes a session of it.
    unused = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create(
        (BlacklistedToken(token=token) for token in unused.only("pk")), ignore_conflicts=True
    )
    _end(Session.objects.filter(user=user))


@atomic_with_retry
def _end(sessions: QuerySet[Session]) -> int:
    return sessions.filter(ended_at=None).update(ended_at=timezone.now())


def _verified(refresh: str) -> tuple[RefreshToken, User]:
    """Return a refresh token and its user. Whether its session has ended is read under its lock."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # the encoded token
    except TokenError as error:
        raise TokenInvalid from error
    return token, user_of(token)


@atomic_with_retry
def _exchange(*, token: RefreshToken, user: User) -> Outcome:
    session, generation = _lock_session(token, user), token.get("generation", 0)
    exchanged_at = _exchanged_at(session, generation)
    if exchanged_at is None:
        return _end_by_reuse(session, user)
    pair, expires_at = pair_of(
        session, user=user, generation=generation + 1, issued_at=exchanged_at
    )
    if generation >= session.generation:
        session.exchanges = [*_recent(session), _milliseconds(exchanged_at)]
        session.generation = generation + 1
        session.last_used_at, session.expires_at = exchanged_at, expires_at
        session.save(update_fields=["exchanges", "generation", "last_used_at", "expires_at"])
    return Outcome(pair)


@atomic_with_retry
def _revoke(*, token: RefreshToken, user: User) -> Outcome:
    session, generation = _lock_session(token, user), token.get("generation", 0)
    if _exchanged_at(session, generation) is None:
        return _end_by_reuse(session, user)
    _end(Session.objects.filter(pk=session.pk))
    return Outcome()


def _lock_session(token: RefreshToken, user: User) -> Session:
    """Lock and return the session of a refresh token. Raises TokenInvalid if it has ended."""
    is_old = "session" not in token
    issued = _lock_old_token(token) if is_old else None
    sessions = Session.objects.select_for_update(no_key=True).filter(user=user).order_by()
    for session in sessions.filter(pk=_session_id(token)):
        if session.ended_at is None:
            return session
        raise TokenInvalid
    if issued is None:
        raise TokenInvalid
    return _begin_session(issued, user)


def _session_id(token: RefreshToken) -> UUID:
    """Return the id of the session. That of a token of version 0.1.0 has the id of the token."""
    key = str(token.get("session", token["jti"]))
    if not re.fullmatch("[0-9a-f]{32}", key):
        raise TokenInvalid
    return UUID(key)


def _lock_old_token(token: RefreshToken) -> OutstandingToken | None:
    """Lock the row of a token of version 0.1.0, so that one request makes its session."""
    issued = OutstandingToken.objects.select_for_update(no_key=True).filter(jti=token["jti"])
    return issued.order_by().first()


def _begin_session(issued: OutstandingToken, user: User) -> Session:
    """Make a session of a token of version 0.1.0. Raises TokenInvalid if the token was used.

    It counts as used from now on: servers of that version then refuse it.
    """
    if BlacklistedToken.objects.filter(token=issued).exists():
        raise TokenInvalid
    began_at = issued.created_at or timezone.now()
    session = Session.objects.create(
        id=UUID(issued.jti),
        user=user,
        password_stamp=user.password_stamp,
        created_at=began_at,
        last_used_at=began_at,
        expires_at=issued.expires_at,
    )
    BlacklistedToken.objects.create(token=issued)
    return session


def _exchanged_at(session: Session, generation: int) -> datetime | None:
    """Return when the token of this generation was exchanged, or the present for the newest one.

    None for a token that was exchanged before GRACE. A token that is newer than its session is of a
    database that was restored since, and counts as the newest.
    """
    now = timezone.now()
    if generation >= session.generation:
        return now
    later = session.generation - generation
    if later > len(session.exchanges):
        return None
    exchanged_at = datetime.fromtimestamp(session.exchanges[-later] / 1000, tz=UTC)
    return exchanged_at if now - exchanged_at < GRACE else None


def _recent(session: Session) -> list[int]:
    """Return the exchanges that can still be repeated."""
    least = _milliseconds(timezone.now() - GRACE)
    return [moment for moment in session.exchanges if moment > least][1 - MAX_EXCHANGES :]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _end_by_reuse(session: Session, user: User) -> Outcome:
    """End the session and tell the user by mail."""
    _end(Session.objects.filter(pk=session.pk))
    messages.send_session_ended(user, device=session.device)
    return Outcome(is_reused=True)
