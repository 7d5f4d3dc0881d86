"""Writes to accounts that have rules."""

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from rest_framework_simplejwt.tokens import RefreshToken

from accounts import mail
from accounts.errors import TokenInvalid, WrongCredentials
from accounts.models import User
from core.db.transactions import atomic_with_retry
from core.errors import Conflict, FieldError, InvalidInput, raises


def sign_up(*, username, email="", password):
    """Create a customer, or raise InvalidInput where the name or e-mail is taken."""
    user = User(username=username, email=email)
    user.set_password(password)  # slow on purpose, so before the transaction
    save_account(user=user)
    return user


@atomic_with_retry
def save_account(*, user, changed=None):
    """Save a new user, or the `changed` fields of one, if user name and e-mail are free.

    Raises InvalidInput.
    """
    user.email = User.objects.normalize_email(user.email)
    errors = []
    if User.objects.filter(username=user.username).exclude(pk=user.pk).exists():
        errors.append(FieldError("username", "This user name is taken.", "unique"))
    if user.email and _with_email(user.email).exclude(pk=user.pk).exists():
        errors.append(FieldError("email", "Another account has this e-mail address.", "unique"))
    if errors:
        raise InvalidInput(errors)
    user.save(update_fields=changed)


@raises(Conflict)
def change_password(*, user, new_password):
    """Set the password. Every token that was made before it stops working.

    Raises Conflict where another request has changed it since it was checked.
    """
    checked = user.password
    user.set_password(new_password)
    if not User.objects.filter(pk=user.pk, password=checked).update(password=user.password):
        raise Conflict


def send_password_reset(*, email):
    """Mail a link to whoever has this address, if anybody has.

    The caller cannot tell, neither from an answer nor from the time it takes: the mail goes out
    on another thread.
    """
    user = _with_email(email).filter(is_active=True).first()
    if user is not None and user.has_usable_password():
        mail.send_password_reset(
            user,
            uid=urlsafe_base64_encode(force_bytes(user.pk)),
            token=default_token_generator.make_token(user),
        )


def _with_email(email):
    """Users with this address, whatever its case; the index of the unique constraint finds them."""
    return User.objects.alias(lower_email=Lower("email")).filter(lower_email=Lower(Value(email)))


@raises(WrongCredentials)
def log_in(*, request, username, password):
    """Return a pair of tokens; raises WrongCredentials.

    `request` is Django's: django-axes counts failures on it and marks a lock-out there.
    """
    user = authenticate(request, username=username, password=password)
    if user is None:
        raise WrongCredentials
    # Resets the count of failures and sets last_login.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens_of(user)


def tokens_of(user):
    """A fresh pair of tokens."""
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


@raises(TokenInvalid)
@atomic_with_retry
def exchange_token(*, token, user):
    """A fresh pair of tokens for a refresh token, or TokenInvalid where it was used already."""
    use_up(token=token)
    return tokens_of(user)


@raises(TokenInvalid)
def use_up(*, token):
    """Blacklist a refresh token, or raise TokenInvalid where another request was first."""
    _, was_first = token.blacklist()
    if not was_first:
        raise TokenInvalid
