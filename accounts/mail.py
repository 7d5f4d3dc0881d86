"""Mails to users, sent by one background thread a process so that no request waits for them."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)
_outbox = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

RESET_BODY = """\
Hello {username},

someone, probably you, asked for a new password.

{how}

If it was not you, do nothing: your password stays as it is.
"""


def send_password_reset(user, *, uid, token):
    """Tell the user how to set a new password."""
    if settings.PASSWORD_RESET_URL:
        how = "Set it here: " + settings.PASSWORD_RESET_URL.format(uid=uid, token=token)
    else:
        how = f"Use these within three days:\n\nuid: {uid}\ntoken: {token}"
    message = EmailMessage(
        subject="Your new password",
        body=RESET_BODY.format(username=user.username, how=how),
        to=[user.email],
    )
    _outbox.submit(message.send).add_done_callback(_log_failure)


def _log_failure(sending):
    if sending.exception():
        logger.error("A mail could not be sent", exc_info=sending.exception())
