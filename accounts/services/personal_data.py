"""A person's own data: the export of everything, and the erasure."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from accounts.data_registry import all_parts
from accounts.errors import StaffAccount
from accounts.failures import LockedOut
from accounts.hashing import HashingBusy, one_hash_at_a_time
from accounts.models import User
from accounts.services.passwords import check_current_password
from audit.models import Entry
from audit.records import is_on_record, record
from audit.security import log_security
from core.db.transactions import atomic_with_retry
from core.errors import InvalidInput, raises


def export_data(user: User) -> dict[str, Any]:
    """Return everything that is stored about the user, by part, as JSON can hold it."""
    parts = all_parts()
    return {"exported_at": timezone.now()} | {
        name: parts[name].export(user) for name in sorted(parts, key=lambda name: name != "account")
    }


@raises(InvalidInput, HashingBusy, LockedOut, StaffAccount)
def erase_me(*, user: User, password: str) -> None:
    """Erase the account of the user, who gives the password. Raises what `erase_user` raises.

    Raises InvalidInput for a wrong password, HashingBusy and LockedOut.
    """
    with one_hash_at_a_time():
        check_current_password(user, password, field="password")
    erase_user(user=user)


@raises(StaffAccount)
def erase_user(*, user: User) -> bool:
    """Take everything that names the user out of the database; return False if that is done.

    The row stays, without a name, and so do the orders, their sums and the history of the seats. A
    hold expires, and a booked seat stays booked. Raises StaffAccount, for former staff too: what
    they did is kept with their name for AUDIT_DAYS.
    """
    parts = all_parts()  # loads modules, so before the transaction
    is_erased = _erase(user=user, erasures=[part.erase for part in parts.values()])
    if is_erased:
        log_security("Account erased", str(user.number))
    return is_erased


def refusal_to_erase(user: User) -> StaffAccount | None:
    """Return why the account is not erased, if it is or was one of staff."""
    if user.is_staff or user.is_superuser:
        return StaffAccount()
    last = Entry.objects.filter(user_id=user.pk).aggregate(at=Max("at"))["at"]
    if last is None:
        return None
    # `tidy` deletes the entry when it is older than AUDIT_DAYS.
    return StaffAccount.of_former_staff((last + timedelta(days=settings.AUDIT_DAYS + 1)).date())


@atomic_with_retry
def _erase(*, user: User, erasures: list[Any]) -> bool:
    row = User.objects.locked().get(pk=user.pk)
    if refusal := refusal_to_erase(row):
        raise refusal
    if row.erased_at:
        return False
    for erase in erasures:
        erase(row)
    if is_on_record():
        about = row._meta.label_lower, str(row.pk)
        record("erase", about=about, text="(erased)")
    return True


def users_without_use(since: datetime) -> list[User]:
    """Return the customers who have not logged in, refreshed or ordered since the moment."""
    users = User.objects.filter(
        is_staff=False, is_superuser=False, erased_at=None, date_joined__lt=since
    ).exclude(last_login__gte=since)
    users = users.exclude(used_on__gte=since.date())
    acts = Entry.objects.filter(user_id__isnull=False).order_by()
    users = users.exclude(pk__in=acts.values("user_id"))
    for part in all_parts().values():
        if part.in_use:
            users = users.exclude(pk__in=part.in_use(User.objects.all(), since).values("pk"))
    return list(users.order_by("pk"))
