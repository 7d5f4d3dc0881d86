"""Sign-up and changes of an account."""

from django.conf import settings
from django.utils import timezone

from accounts.failures import LockedOut
from accounts.hashing import HashingBusy
from accounts.messages import send_verification
from accounts.models import User
from accounts.services.addresses import change_address, lock_live_user
from accounts.services.passwords import check_password_rules
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises


@raises(InvalidInput, HashingBusy)
def sign_up(
    *,
    username: str,
    password: str,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
    terms_accepted: bool = False,
) -> User:
    """Create a customer, and mail a link to the address. Raises HashingBusy.

    Raises InvalidInput if the name is taken, or if there are terms and they were not accepted.
    Whether the address is known is told by mail only.
    """
    user = User(username=username, first_name=first_name, last_name=last_name)
    if settings.TERMS_URL:
        if not terms_accepted:
            sentence = f"Accept the terms to sign up: {settings.TERMS_URL}"
            raise InvalidInput.of("terms_accepted", sentence, "required")
        user.accepted_terms, user.terms_accepted_at = settings.TERMS_URL, timezone.now()
    user.email = User.objects.normalize_email(email)
    check_password_rules(password, user=user, field="password")
    user.set_password(password)  # slow on purpose, so before the transaction
    _create(user=user)
    return user


@raises(InvalidInput, HashingBusy, LockedOut)
def update_account(*, user: User, current_password: str | None = None, **changes: str) -> User:
    """Change names and e-mail of a user, and return the changed user.

    Raises what `change_address` raises, and changes nothing then.
    """
    if "email" in changes:
        user = change_address(
            user=user, address=changes.pop("email"), current_password=current_password
        )
    return _update(user=user, changes=changes) if changes else user


@atomic_with_retry
def _update(*, user: User, changes: dict[str, str]) -> User:
    row = lock_live_user(user)
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(update_fields=list(changes))
    return row


@atomic_with_retry
def _create(*, user: User) -> None:
    """Save a new user if the name is free, and mail a link to the address."""
    if User.objects.of_name(user.username).exists():
        raise InvalidInput.of("username", "This user name is taken.", "unique")
    user.save()
    if user.email:
        send_verification(user, address=user.email)
