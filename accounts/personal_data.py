"""What this app, and those below it, store about a person."""

import json
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.data_registry import Part, register
from accounts.failures import key_of_signed_in
from accounts.messages import NOTICE, PASSWORD_RESET, VERIFICATION
from accounts.models import KnownAddress, Session, User
from accounts.names import username_key
from accounts.second_factor.factors import delete_factors, factors_of
from audit.erasing import erase_entries
from audit.models import Entry
from core.models import IdempotencyRecord
from outbox.models import Job

ACCOUNT_FIELDS = [
    "username",
    "email",
    "email_verified",
    "new_email",
    "first_name",
    "last_name",
    "date_joined",
    "last_login",
    "accepted_terms",
    "terms_accepted_at",
]
SESSION_FIELDS = ["device", "created_at", "last_used_at", "expires_at", "ended_at"]
ATTEMPT_FIELDS = ["attempt_time", "ip_address", "user_agent", "failures_since_start"]


def _account(user: User) -> dict[str, Any]:
    return {"id": user.number} | {name: getattr(user, name) for name in ACCOUNT_FIELDS}


def _erase_account(user: User) -> None:
    """Leave a row without a name, so that orders still have their customer. Sends no signals.

    The audit would keep the names that it sees in a change.
    """
    name = f"erased-{get_random_string(12)}"  # so that nobody else has taken it
    for links in (User.groups.through, User.user_permissions.through):
        links.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        username=name,
        username_key=username_key(name),
        first_name="",
        last_name="",
        email="",
        email_verified=False,
        new_email="",
        password=make_password(None),
        carried_stamp="",
        is_active=False,
        last_login=None,
        used_on=None,
        erased_at=timezone.now(),
    )
    history = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    history.update(object_repr=name, change_message="")


def _sessions(user: User) -> list[Any]:
    return list(Session.objects.filter(user=user).values(*SESSION_FIELDS))


def _erase_sessions(user: User) -> None:
    Session.objects.filter(user=user).delete()
    OutstandingToken.objects.filter(user=user).delete()


def _sessions_in_use(users: QuerySet[User], since: Any) -> QuerySet[User]:
    return users.filter(sessions__last_used_at__gte=since)


def _second_factors(user: User) -> list[Any]:
    """Return the apps and keys of a member of staff, without their secrets."""
    if not user.has_second_factor:
        return []
    return [
        {"kind": each.word, "name": each.name, "added_at": each.added_at, "used_at": each.used_at}
        for each in factors_of(user)
    ]


def _erase_second_factors(user: User) -> None:
    if user.has_second_factor:  # of a former member of staff
        delete_factors(user)


def _addresses(user: User) -> list[Any]:
    return list(KnownAddress.objects.filter(user=user).values("address", "seen_at"))


def _erase_addresses(user: User) -> None:
    KnownAddress.objects.filter(user=user).delete()


def _keys(user: User) -> set[str]:
    """Return the keys under which django-axes counts failed log-ins of this user alone.

    Not those of an address that is not verified: it may be another's, whose failures count on.
    """
    names = {username_key(name) for name in (user.username, user.verified_address) if name}
    return {*names, key_of_signed_in(user.username)}


def _failed_log_ins(user: User) -> list[Any]:
    found = AccessAttempt.objects.filter(username__in=_keys(user))
    return list(found.values(*ATTEMPT_FIELDS))


def _erase_failed_log_ins(user: User) -> None:
    for model in (AccessAttempt, AccessFailureLog):
        model.objects.filter(username__in=_keys(user)).delete()


def _repeatable_requests(user: User) -> list[dict[str, Any]]:
    """Return the answers that are kept for a request that is sent again."""
    return [
        {
            "idempotency_key": kept.key,
            "created_at": kept.created_at,
            "status": kept.status,
            "response": json.loads(bytes(kept.body) or b"null"),
        }
        for kept in IdempotencyRecord.objects.filter(user=user)
    ]


def _erase_repeatable_requests(user: User) -> None:
    IdempotencyRecord.objects.filter(user=user).delete()


def _mails(user: User) -> QuerySet[Job]:
    """Return the jobs of mails to or about the user that are not done: done ones keep no body."""
    about = Q(kind__in=[NOTICE, VERIFICATION], body__user=user.pk)
    for address in {user.email, user.new_email} - {""}:
        about |= Q(kind=PASSWORD_RESET, body__to__iexact=address)
    return Job.objects.filter(about, done_at=None)


def _mails_to_send(user: User) -> list[Any]:
    found = _mails(user).order_by("pk").values("kind", "created_at", to=F("body__to"))
    return list(found)


def _erase_mails(user: User) -> None:
    """Delete them: a person who is erased gets no more mails."""
    _mails(user).delete()


def _acts_of_staff(user: User) -> list[Any]:
    """Return when staff looked at the account or changed it; who it was stays in the house."""
    return list(Entry.objects.about(user).order_by("id").values("at", "verb"))


def _erase_acts_of_staff(user: User) -> None:
    erase_entries(User, [user.pk])


register("sessions", Part(_sessions, _erase_sessions, _sessions_in_use))
register("second_factors", Part(_second_factors, _erase_second_factors))
register("addresses", Part(_addresses, _erase_addresses))
register("failed_log_ins", Part(_failed_log_ins, _erase_failed_log_ins))
register("repeatable_requests", Part(_repeatable_requests, _erase_repeatable_requests))
register("acts_of_staff", Part(_acts_of_staff, _erase_acts_of_staff))
register("mails_to_send", Part(_mails_to_send, _erase_mails))
register("account", Part(_account, _erase_account))
