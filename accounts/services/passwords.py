"""Passwords: rules, change and reset."""

from django.contrib.auth.password_validation import password_changed, validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.utils.http import urlsafe_base64_decode

from accounts.failures import LockedOut, count_failure, ensure_may_try
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import USER, User
from accounts.services.links import link_invalid
from accounts.slow_names import remember_address
from audit.records import present_request
from audit.security import log_security
from core.db.transactions import atomic_with_retry
from core.errors import Conflict, FieldError, InvalidInput, raises
from core.row_numbers import stored_number


def check_password_rules(password: str, *, user: User, field: str) -> None:
    """Run Django's password validators, which are on in production.

    Raises InvalidInput for the field, with one error for each broken rule.
    """
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        broken = [(each.messages[0], each.code) for each in error.error_list]
        raise InvalidInput(
            FieldError(field, sentence, code or "invalid") for sentence, code in broken
        ) from error


def check_current_password(
    user: User, password: str | None, *, field: str = "current_password"
) -> None:
    """Raise InvalidInput for the field unless it is the user's password.

    Wrong ones count for the user, like those of log-ins: raises LockedOut after too many.
    """
    if password is None:
        raise InvalidInput.of(field, "Your password is needed for this.", "required")
    request = present_request()
    if request:
        ensure_may_try(request, user)
    if not user.check_password(password):
        if request:
            count_failure(request, user)
        raise InvalidInput.of(field, "This is not your password.", "wrong_password")


@raises(InvalidInput, Conflict, HashingBusy, LockedOut)
@one_hash_at_a_time()
def change_password(*, user: User, current_password: str, new_password: str) -> None:
    """Set the password. Invalidates every older token of the user.

    Raises InvalidInput, HashingBusy, LockedOut, and Conflict if another request has changed the
    password meanwhile.
    """
    check_current_password(user, current_password)
    _set_password(user, new_password)


@raises(InvalidInput, Conflict, HashingBusy)
@one_hash_at_a_time()
def reset_password(*, uid: str, token: str, new_password: str, address: str) -> None:
    """Set the password with the values of a reset mail. Invalidates every older token of the user.

    Raises InvalidInput, HashingBusy, and Conflict if another request has changed the password
    meanwhile.
    """
    user = _user_of_link(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise link_invalid()
    _set_password(user, new_password)
    remember_address(user, address)  # wrong passwords of others do not slow the next log-in down


def _user_of_link(uid: str) -> User | None:
    try:
        number = int(urlsafe_base64_decode(uid).decode())
        return User.objects.get(pk=stored_number(USER, number), is_active=True)
    except (ValueError, User.DoesNotExist):
        return None


def _set_password(user: User, new_password: str) -> None:
    """Save the password unless it is no longer the one that was checked."""
    check_password_rules(new_password, user=user, field="new_password")
    checked = user.password
    user.set_password(new_password)
    _store_password(user=user, checked=checked, new_password=new_password)
    log_security("Password changed", user.get_username())


@atomic_with_retry
def _store_password(*, user: User, checked: str, new_password: str) -> None:
    """Save the hash of the user, and tell the validators, one of which mails the user."""
    changed = User.objects.filter(pk=user.pk, password=checked, is_active=True)
    # A person who knew the old password may have given the address that waits for its link.
    if not changed.update(password=user.password, new_email=""):
        raise Conflict
    password_changed(new_password, user)
