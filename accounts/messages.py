"""The mails to users about their accounts."""

from django.conf import settings
from django.utils import timezone

from accounts import mail
from accounts.models import User
from accounts.names import can_be_mailed

HOUR = 60 * 60  # seconds

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


def send_password_reset(user: User, *, uid: str, token: str) -> None:
    """Tell the user how to set a new password."""
    how = _how("set a new password", settings.PASSWORD_RESET_URL, uid=uid, token=token)
    hours = _hours(settings.PASSWORD_RESET_TIMEOUT)
    _tell(user, "Reset your password", RESET, how=how, hours=hours)


def send_verification(user: User, *, address: str, token: str, seconds: int) -> None:
    """Tell the holder of the address how to verify it."""
    how = _how("verify it", settings.EMAIL_VERIFY_URL, token=token)
    subject = "Verify your e-mail address"
    _tell(user, subject, VERIFY, address=address, how=how, hours=_hours(seconds))


def send_address_known(owner: User) -> None:
    """Tell the owner of an address that somebody has given it for another account."""
    _tell(owner, "Your address was given for another account", ADDRESS_KNOWN)


def send_address_requested(user: User) -> None:
    """Tell the verified address that another one was given."""
    _tell(user, "Another e-mail address for your account", ADDRESS_REQUESTED)


def send_address_changed(user: User, *, address: str) -> None:
    """Tell the former address that it is no longer the user's."""
    _tell(user, "Your account has another e-mail address", ADDRESS_CHANGED, address=address)


def send_password_changed(user: User) -> None:
    """Tell the user of a new password."""
    _tell(user, "Your password has changed", CHANGED)


def send_new_log_in(user: User, *, device: str, address: str) -> None:
    """Tell the user of a log-in from a new device or address."""
    details = {"Device": device or "unknown", "Address": address or "unknown"}
    details["Time"] = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    lines = "\n".join(f"{name}: {value}" for name, value in details.items())
    _tell(user, "A new log-in to your account", NEW_LOG_IN, details=lines)


def send_session_ended(user: User, *, device: str) -> None:
    """Tell the user that a refresh token was used again."""
    where = f" ({device})" if device else ""
    _tell(user, "We have ended one of your log-ins", SESSION_ENDED, device=where)


def send_factor_added(user: User, *, factor: str) -> None:
    """Tell the user of a new second factor."""
    _tell(user, "A second factor was added to your account", FACTOR_ADDED, factor=factor)


def send_factor_removed(user: User, *, factor: str) -> None:
    """Tell the user that a second factor is gone."""
    _tell(user, "A second factor was removed from your account", FACTOR_REMOVED, factor=factor)


def _how(act: str, page: str, **values: str) -> str:
    """Return the link to the page of the front end; without a page, the values of the link."""
    if page:
        return f"{act.capitalize()} here: {page.format(**values)}"
    words = "this value" if len(values) == 1 else "these values"
    lines = "\n".join(f"{name}: {value}" for name, value in values.items())
    return f"Use {words} to {act}:\n\n{lines}"


def _tell(user: User, subject: str, text: str, *, address: str = "", **values: str) -> None:
    """Mail a text to the address, or else to the one that the user has verified, if any."""
    if to := address or user.verified_address:
        mail.send(to, subject, text.format(hello=_hello(user), **values))


def _hello(user: User) -> str:
    """Greet the user by name, unless a mail program would make a link of it: www.evil.example."""
    return f"Hello {user.username}" if can_be_mailed(user.username) else "Hello"


def _hours(seconds: int) -> str:
    return "an hour" if seconds <= HOUR else f"{seconds // HOUR} hours"
