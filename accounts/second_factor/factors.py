"""The factors of a user: added, listed and removed, on record, in the log, and told by mail."""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple

from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential, WebAuthnUserHandle

from accounts import messages
from accounts.models import STAMP_LENGTH, User
from accounts.second_factor import codes
from accounts.services.sessions import end_all_sessions
from audit.records import is_on_record, record
from audit.security import log_security
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, NotFound, raises

MAX_FACTORS = 10  # apps and keys of one user
WRONG_APP_CODE = "This is not the code that the app shows now. Is the clock of your device right?"
KINDS: dict[str, Any] = {"app": TOTPDevice, "key": WebAuthnCredential}
WORDS = {"app": "authenticator app", "key": "security key"}


class Factor(NamedTuple):
    kind: str
    pk: int
    name: str
    added_at: datetime | None
    used_at: datetime | None

    @property
    def word(self) -> str:
        return WORDS[self.kind]


class Added(NamedTuple):
    """The user as it is now, and the recovery codes that came with the first factor."""

    user: User
    recovery_codes: list[str]


def factors_of(user: User) -> list[Factor]:
    """Return the apps and the security keys, the oldest first. Two queries."""
    found = [
        Factor(kind, each.pk, each.name, each.created_at, each.last_used_at)
        for kind, model in KINDS.items()
        for each in model.objects.filter(user=user).order_by("pk")
    ]
    return sorted(found, key=lambda factor: (factor.added_at is not None, factor.added_at))


@raises(InvalidInput)
def add_app(*, user: User, key: str, code: str, name: str) -> Added:
    """Add an authenticator app that has the key, which its code proves. Raises InvalidInput."""
    app = TOTPDevice(user=user, name=name, key=key)
    step = codes.step_of(app, code)
    if step is None:
        raise InvalidInput.of("code", WRONG_APP_CODE)
    app.last_t = step  # this code has been used
    return add_factor(user=user, kind="app", name=name, save=app.save)


def add_factor(*, user: User, kind: str, name: str, save: Callable[[], Any]) -> Added:
    """Add a factor, which `save` writes. The first one ends the sessions of the API."""
    added = _add(user=user, kind=kind, name=name, save=save)
    if added.recovery_codes:
        end_all_sessions(user=user)
    log_security("Second factor added", user.get_username())
    return added


@raises(NotFound)
def remove_factor(*, user: User, kind: str, pk: int) -> User:
    """Remove a factor and return the user as it is now. Raises NotFound.

    Sessions of the admin have to give a factor again. With the last one go the recovery codes.
    """
    user = _remove(user=user, kind=kind, pk=pk)
    log_security("Second factor removed", user.get_username())
    return user


def remove_all_factors(*, user: User) -> bool:
    """Remove all factors of a user who has lost them; return whether there were any.

    Ends all sessions: one of them may be at the device that is lost.
    """
    if not _remove_all(user=user):
        return False
    end_all_sessions(user=user)
    log_security("All second factors removed", user.get_username())
    return True


def delete_factors(user: User) -> None:
    """Delete all rows of the factors of a user, in the transaction of the caller."""
    for model in (*KINDS.values(), StaticDevice, WebAuthnUserHandle):
        model.objects.filter(user=user).delete()
    _stamp(user, "")


@atomic_with_retry
def make_recovery_codes(*, user: User) -> list[str]:
    """Replace the recovery codes, on record, and return the new ones."""
    _lock(user)
    made = codes.replace_recovery_codes(user)
    if is_on_record():
        record("new_recovery_codes", user)
    return made


@atomic_with_retry
def _add(*, user: User, kind: str, name: str, save: Callable[[], Any]) -> Added:
    row = _lock(user)
    if len(factors_of(row)) >= MAX_FACTORS:
        raise InvalidInput.of(None, f"You have {MAX_FACTORS} factors. Remove one of them first.")
    save()
    made = []
    if not row.has_second_factor:
        _stamp(row, token_hex(STAMP_LENGTH // 2))
        made = codes.replace_recovery_codes(row)
    if is_on_record():
        record("add_factor", row, after={"kind": WORDS[kind], "name": name})
    messages.send_factor_added(row, factor=f"{WORDS[kind]} “{name}”")
    return Added(row, made)


@atomic_with_retry
def _remove(*, user: User, kind: str, pk: int) -> User:
    row = _lock(user)
    factor = KINDS[kind].objects.filter(user=row, pk=pk).first() if kind in KINDS else None
    if factor is None:
        raise NotFound("There is no such factor.")
    factor.delete()
    if factors_of(row):
        _stamp(row, token_hex(STAMP_LENGTH // 2))
    else:
        delete_factors(row)
    if is_on_record():
        record("remove_factor", row, before={"kind": WORDS[kind], "name": factor.name})
    messages.send_factor_removed(row, factor=f"{WORDS[kind]} “{factor.name}”")
    return row


@atomic_with_retry
def _remove_all(*, user: User) -> bool:
    row = _lock(user)
    if not row.has_second_factor:
        return False
    names = [f"{factor.word} {factor.name}" for factor in factors_of(row)]
    delete_factors(row)
    if is_on_record():
        record("remove_factors", row, before={"factors": names})
    messages.send_factor_removed(row, factor="everything that you had set up")
    return True


def _lock(user: User) -> User:
    return User.objects.locked().get(pk=user.pk)


def _stamp(row: User, stamp: str) -> None:
    """Change the stamp, so that sessions have to give a factor again."""
    row.factor_stamp = stamp
    User.objects.filter(pk=row.pk).update(factor_stamp=stamp)
