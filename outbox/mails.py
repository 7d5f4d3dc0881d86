"""Sending one mail as a job: what is tried again, what is given up, and what marks a repetition."""

import smtplib
import uuid
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from outbox.models import Job
from outbox.registry import DAY, HOUR, MINUTE, GiveUp, RetryLater

# The options of a handler that sends mails: for two days, as mail servers do themselves.
MAIL: dict[str, Any] = {
    "seconds": 3 * MINUTE,
    "pauses": (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY),
    "attempts": 9,
}


def deliver(message: EmailMessage, job: Job) -> None:
    """Send the mail of a job. Raises RetryLater, or GiveUp if this one mail was refused for good.

    A wrong password of the mail server is an answer of 5xx too, but one that the operator can mend.

    A worker that dies after it has sent a mail makes another one send it again: both have the same
    Message-ID, by which mail servers and programs recognise the second one.
    """
    message.extra_headers.setdefault("Message-ID", message_id(job))
    message.extra_headers.setdefault("Auto-Submitted", "auto-generated")  # RFC 3834: no answers
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refusal(code, text, message) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error, message) from error
    except smtplib.SMTPResponseException as error:
        raise RetryLater(_answer(error.smtp_code, error.smtp_error, message)) from error
    except (smtplib.SMTPException, OSError) as error:
        words = f"{type(error).__name__}: {error}"
        raise RetryLater(f"The mail server cannot be reached: {words}") from error


def message_id(job: Job) -> str:
    """Return the Message-ID of all attempts of the job, and of no job of another database."""
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{job.created_at.isoformat()} {job.kind} {job.pk}")
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{name}@{address.rpartition('@')[2] or 'localhost'}>"


def _refusal(code: int, text: bytes | str, message: EmailMessage) -> GiveUp | RetryLater:
    """Return what follows from the refusal of one mail."""
    words = _answer(code, text, message)
    return GiveUp(words) if 500 <= code < 600 else RetryLater(words)


def _answer(code: int, text: bytes | str, message: EmailMessage) -> str:
    """Return what the mail server has answered, without the address."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    for address in message.recipients():
        words = words.replace(address, "the address")
    return f"The mail server answered {code} {words}"
