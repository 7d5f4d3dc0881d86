"""The mails to users about their accounts: their texts, and the jobs that send them.

`accounts.mail_jobs` sends them. A job keeps the address of its mail, so that a warning goes to who
was to be warned, even if the account has another address by then. What it keeps about the person is
deleted when the mail is sent.
"""

from typing import NamedTuple

from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import User
from accounts.names import can_be_mailed
from outbox.jobs import enqueue

# The kinds of jobs: a text as it is, a link that verifies an address, and one to a new password.
NOTICE, VERIFICATION, PASSWORD_RESET = "account_mail", "verification_mail", "password_reset_mail"

HOUR = 60 * 60  # seconds


class Text(NamedTuple):
    subject: str
    body: str


RESET = """\
{hello},

we received a request to reset the password of your account.

{how}

This is valid for {hours}.

If you did not request this, ignore this mail: your password stays the same.
"""

VERIFY = """\
{hello},

this address was given for an account here. If it is yours, please verify it.

{how}

This is valid for {hours}. Until then, this address cannot be used to log in or to reset a password.

If you have no account here, ignore this mail.
"""

ADDRESS_KNOWN = """\
{hello},

your address was just given for another account here. You already have one, so nothing has changed.

If it was you: log in with this address and your password. If you have forgotten the password, reset
it. If it was not you, ignore this mail.
"""

ADDRESS_REQUESTED = """\
{hello},

another e-mail address was given for your account. It replaces this one when a link that we have
mailed to it is opened.

If it was not you, somebody knows your password. Change it now.
"""

ADDRESS_CHANGED = """\
{hello},

this address no longer belongs to your account: it was replaced or removed.

If it was not you, somebody knows your password. Write to the cinema.
"""

CHANGED = """\
{hello},

the password of your account has changed. All older log-ins have ended.

If it was not you, reset the password with this address.
"""

NEW_LOG_IN = """\
{hello},

there was a log-in to your account from a place or a device that is new to us:

{details}

If it was you, there is nothing to do. If it was not you, somebody knows your password. Change it
now: that ends all log-ins.
"""

FACTOR_ADDED = """\
{hello},

a second factor was added to your account: {factor}. From now on a log-in needs it too, or another
one that you have added.

If it was not you, somebody knows your password. Tell a superuser of the cinema at once.
"""

FACTOR_REMOVED = """\
{hello},

a second factor was removed from your account: {factor}.

If you did not ask for it, tell a superuser of the cinema at once.
"""

SESSION_ENDED = """\
{hello},

a token of one of your log-ins{device} was used a second time. That should not happen:
somebody may have copied it. We have ended this log-in, so nobody can use it any more.

Log in again. If you think that somebody has your password or uses your device, change your
password: that ends all other log-ins too.
"""


TEXTS = {
    "reset": Text("Reset your password", RESET),
    "verify": Text("Verify your e-mail address", VERIFY),
    "address_known": Text("Your address was given for another account", ADDRESS_KNOWN),
    "address_requested": Text("Another e-mail address for your account", ADDRESS_REQUESTED),
    "address_changed": Text("Your account has another e-mail address", ADDRESS_CHANGED),
    "password_changed": Text("Your password has changed", CHANGED),
    "new_log_in": Text("A new log-in to your account", NEW_LOG_IN),
    "factor_added": Text("A second factor was added to your account", FACTOR_ADDED),
    "factor_removed": Text("A second factor was removed from your account", FACTOR_REMOVED),
    "session_ended": Text("We have ended one of your log-ins", SESSION_ENDED),
}


def send_password_reset(*, email: str) -> None:
    """Let a worker mail a link to a new password to the user of this address, if there is one.

    Whether there is one is looked up when the mail is sent: the request does the same for every
    address, so neither its answer nor its time tells. The link is valid from its sending on.
    """
    enqueue(kind=PASSWORD_RESET, body={"to": email})


def send_verification(user: User, *, address: str) -> None:
    """Let a worker mail the link that verifies the address to it.

    As in `send_password_reset`, whether another user has verified it is looked up then.
    """
    enqueue(kind=VERIFICATION, body={"user": user.pk, "to": address})


def send_address_requested(user: User) -> None:
    """Tell the verified address that another one was given."""
    _tell(user, "address_requested")


def send_address_changed(user: User, *, address: str) -> None:
    """Tell the former address that it is no longer the user's."""
    _tell(user, "address_changed", to=address)


def send_password_changed(user: User) -> None:
    """Tell the user of a new password."""
    _tell(user, "password_changed")


def send_new_log_in(user: User, *, device: str, address: str) -> None:
    """Tell the user of a log-in from a new device or address."""
    details = {"Device": device or "unknown", "Address": address or "unknown"}
    details["Time"] = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    lines = "\n".join(f"{name}: {value}" for name, value in details.items())
    _tell(user, "new_log_in", details=lines)


def send_session_ended(user: User, *, device: str) -> None:
    """Tell the user that a refresh token was used again."""
    _tell(user, "session_ended", device=f" ({device})" if device else "")


def send_factor_added(user: User, *, factor: str) -> None:
    """Tell the user of a new second factor."""
    _tell(user, "factor_added", factor=factor)


def send_factor_removed(user: User, *, factor: str) -> None:
    """Tell the user that a second factor is gone."""
    _tell(user, "factor_removed", factor=factor)


def compose(name: str, user: User, *, to: str, **values: str) -> EmailMessage:
    """Return the mail of this text to the user."""
    text = TEXTS[name]
    body = text.body.format(hello=_hello(user), **values)
    return EmailMessage(subject=text.subject, body=body, to=[to])


def how(act: str, page: str, **values: str) -> str:
    """Return the link to the page of the front end; without a page, the values of the link."""
    if page:
        return f"{act.capitalize()} here: {page.format(**values)}"
    words = "this value" if len(values) == 1 else "these values"
    lines = "\n".join(f"{name}: {value}" for name, value in values.items())
    return f"Use {words} to {act}:\n\n{lines}"


def hours(seconds: int) -> str:
    return "an hour" if seconds <= HOUR else f"{seconds // HOUR} hours"


def _tell(user: User, name: str, *, to: str = "", **values: str) -> None:
    """Mail a text to the address, or else to the one that the user has verified, if any.

    In the transaction of what it tells of, or at once where there is none.
    """
    if to := to or user.verified_address:
        enqueue(kind=NOTICE, body={"text": name, "user": user.pk, "to": to, "values": values})


def _hello(user: User) -> str:
    """Greet the user by name, unless a mail program would make a link of it: www.evil.example."""
    return f"Hello {user.username}" if can_be_mailed(user.username) else "Hello"
