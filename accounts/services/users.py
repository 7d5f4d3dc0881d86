"""Sign-up and changes of an account."""

from accounts.hashing import HashingBusy
from accounts.models import User, users_with_email
from accounts.services.passwords import check_password_rules
from core.db.transactions import atomic_with_retry
from core.errors import FieldError, InvalidInput, raises


@raises(InvalidInput, HashingBusy)
def sign_up(
    *, username: str, password: str, email: str = "", first_name: str = "", last_name: str = ""
) -> User:
    """Create a customer. Raises InvalidInput if the name or e-mail is taken, and HashingBusy."""
    user = User(username=username, email=email, first_name=first_name, last_name=last_name)
    check_password_rules(password, user=user, field="password")
    user.set_password(password)  # slow on purpose, so before the transaction
    _save(user=user)
    return user


@raises(InvalidInput)
def update_account(*, user: User, **changes: str) -> None:
    """Change names and e-mail of a user. Raises InvalidInput if the e-mail is taken."""
    for field, value in changes.items():
        setattr(user, field, value)
    _save(user=user, changed=list(changes))


@atomic_with_retry
def _save(*, user: User, changed: list[str] | None = None) -> None:
    """Save a new user, or the changed fields, if user name and e-mail are free."""
    user.email = User.objects.normalize_email(user.email)
    errors = []
    if changed is None and User.objects.of_name(user.username).exists():
        errors.append(FieldError("username", "This user name is taken.", "unique"))
    if user.email and users_with_email(user.email).exclude(pk=user.pk).exists():
        errors.append(FieldError("email", "Another account has this e-mail address.", "unique"))
    if errors:
        raise InvalidInput(errors)
    user.save(update_fields=changed)
