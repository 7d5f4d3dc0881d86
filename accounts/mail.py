"""Mails to users, sent by one background thread per process, so that no request waits for them."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.models import User
from accounts.names import can_be_mailed

logger = logging.getLogger(__name__)
_outbox = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

RESET_BODY = """\
{hello},

we received a request to reset the password of your account.

{how}

If you did not request this, ignore this mail: your password stays the same.
"""


SESSION_ENDED_BODY = """\
{hello},

a token of one of your log-ins{device} was used a second time. That should not happen:
somebody may have copied it. We have ended this log-in, so nobody can use it any more.

Log in again. If you think that somebody has your password or uses your device, change your
password: that ends all other log-ins too.
"""


def send_session_ended(user: User, *, device: str) -> None:
    """Tell the user that a refresh token was used again. Returns at once, as all mails do."""
    where = f" ({device})" if device else ""
    _send(
        user,
        "We have ended one of your log-ins",
        SESSION_ENDED_BODY.format(hello=_hello(user), device=where),
    )


def send_password_reset(user: User, *, uid: str, token: str) -> None:
    """Tell the user how to set a new password. Returns at once; a failure is only logged."""
    if settings.PASSWORD_RESET_URL:
        how = "Set a new password here: " + settings.PASSWORD_RESET_URL.format(uid=uid, token=token)
    else:
        how = f"Use these values to set a new password:\n\nuid: {uid}\ntoken: {token}"
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
    how += f"\n\nThis is valid for {days} days."
    _send(user, "Reset your password", RESET_BODY.format(hello=_hello(user), how=how))


def _send(user: User, subject: str, body: str) -> None:
    message = EmailMessage(subject=subject, body=body, to=[user.email])
    _outbox.submit(message.send).add_done_callback(_log_failure)


def _hello(user: User) -> str:
    """Greet the user by name, unless a mail program would make a link of it: www.evil.example."""
    return f"Hello {user.username}" if can_be_mailed(user.username) else "Hello"


def wait_until_sent() -> None:
    """Wait until every mail that was handed over before has been sent or has failed."""
    _outbox.submit(int).result()


def _log_failure(sending: Future[int]) -> None:
    if error := sending.exception():
        logger.error("A mail could not be sent", exc_info=error)
