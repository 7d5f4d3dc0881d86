"""Passwords: rules, change and reset."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts import mail
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import User, users_with_email
from accounts.slow_names import remember_address
from audit.security import log_security
from core.errors import Conflict, FieldError, InvalidInput, raises

LINK_INVALID = "The link is invalid, has expired or was used already. Ask for a new one."


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


@raises(InvalidInput, Conflict, HashingBusy)
@one_hash_at_a_time()
def change_password(*, user: User, current_password: str, new_password: str) -> None:
    """Set the password. Invalidates every older token of the user.

    Raises InvalidInput, HashingBusy, and Conflict if another request has changed the password
    meanwhile.
    """
    if not user.check_password(current_password):
        raise InvalidInput.of("current_password", "This is not your password.", "wrong_password")
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
        raise InvalidInput.of("token", LINK_INVALID)
    _set_password(user, new_password)
    remember_address(user, address)  # wrong passwords of others do not slow the next log-in down


def send_password_reset(*, email: str) -> None:
    """Mail a link to the active user with this address, if there is one with a password.

    Neither the result nor the time it takes tells the caller whether there is one: another thread
    sends the mail.
    """
    user = users_with_email(email).filter(is_active=True).first()
    if user is not None and user.has_usable_password():
        mail.send_password_reset(
            user,
            uid=urlsafe_base64_encode(force_bytes(user.pk)),
            token=default_token_generator.make_token(user),
        )


def _user_of_link(uid: str) -> User | None:
    try:
        return User.objects.get(pk=urlsafe_base64_decode(uid).decode(), is_active=True)
    except (ValueError, User.DoesNotExist):
        return None


def _set_password(user: User, new_password: str) -> None:
    """Save the password unless it is no longer the one that was checked."""
    check_password_rules(new_password, user=user, field="new_password")
    checked = user.password
    user.set_password(new_password)
    if not User.objects.filter(pk=user.pk, password=checked).update(password=user.password):
        raise Conflict
    log_security("Password changed", user.get_username())
