"""E-mail addresses: who has verified which, and how one is changed."""

from accounts import messages
from accounts.failures import LockedOut
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import USER, User
from accounts.services.links import Link, link_invalid, read_link
from accounts.services.passwords import check_current_password
from audit.security import log_security
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, TokenInvalid, raises
from core.row_numbers import stored_number

ADDRESS_FIELDS = ["email", "email_verified", "new_email"]


def lock_live_user(user: User) -> User:
    """Return the locked row. Raises TokenInvalid for a user who was erased or deactivated."""
    row = _lock_live(user.pk)
    if row is None:
        raise TokenInvalid
    return row


def announce_address(user: User, *, former: str) -> None:
    """Mail a link to the address that staff have given the user, and word to the one before."""
    if user.email:
        messages.send_verification(user, address=user.email)
    if former:
        messages.send_address_changed(user, address=former)


@raises(InvalidInput)
def send_link_again(*, user: User) -> None:
    """Mail a new link to the address that waits for one. Raises InvalidInput if none waits."""
    address = user.new_email or ("" if user.email_verified else user.email)
    if not address:
        raise InvalidInput.of(None, "No e-mail address of this account waits for its link.")
    messages.send_verification(user, address=address)


@raises(InvalidInput)
def verify_address(*, token: str) -> None:
    """Verify the address that a link was mailed to; it replaces the one verified before.

    Raises InvalidInput if the link is not valid, or if another user has verified the address. The
    same link can be opened again.
    """
    link = read_link(token)
    user, is_new = _verify(link=link)
    if is_new:
        log_security("E-mail address verified", user.get_username())


@raises(InvalidInput, HashingBusy, LockedOut)
def change_address(*, user: User, address: str, current_password: str | None) -> User:
    """Give the user another address, or none; return the changed user.

    The present address withdraws one that waits for its link.

    A verified address stays until the link to the new one is opened, and is told. Needs the
    password: raises InvalidInput if it is wrong or missing, HashingBusy and LockedOut.
    """
    address = User.objects.normalize_email(address)
    if address == user.email:
        return _withdraw(user=user) if user.new_email else user
    if address and address == user.new_email:
        return user
    with one_hash_at_a_time():
        check_current_password(user, current_password)
    return _set(user=user, address=address)


@atomic_with_retry
def _withdraw(*, user: User) -> User:
    """Forget the address that waits for its link."""
    row = lock_live_user(user)
    row.new_email = ""
    row.save(update_fields=["new_email"])
    return row


@atomic_with_retry
def _set(*, user: User, address: str) -> User:
    """Set the address, and mail a link to it and word to the verified one."""
    row = lock_live_user(user)
    former = row.verified_address
    if address and former:
        row.new_email = address
    else:
        row.email, row.email_verified, row.new_email = address, False, ""
    row.save(update_fields=ADDRESS_FIELDS)
    if address:
        messages.send_verification(row, address=address)
        messages.send_address_requested(row)
    elif former:
        messages.send_address_changed(row, address=former)
    return row


@atomic_with_retry
def _verify(*, link: Link) -> tuple[User, bool]:
    """Return the user, and whether the address was not verified before; tell a former one."""
    user, address = _lock_live(stored_number(USER, link.number)), link.address
    if user is None or address not in {user.email, user.new_email}:
        raise link_invalid()
    if user.email == address and user.email_verified:
        return user, False
    if link.password_stamp != user.password_stamp:
        raise link_invalid()
    if User.objects.verified(address).exclude(pk=user.pk).exists():
        raise InvalidInput.of("token", "Another account has this e-mail address.", "unique")
    former = user.verified_address
    user.email, user.email_verified, user.new_email = address, True, ""
    user.save(update_fields=ADDRESS_FIELDS)
    if former:
        messages.send_address_changed(user, address=former)
    return user, True


def _lock_live(pk: int) -> User | None:
    return User.objects.locked().filter(pk=pk, is_active=True).first()
