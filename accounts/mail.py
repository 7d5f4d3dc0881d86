"""Sends mails by one background thread per process, so that no request waits for them."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)
_outbox = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send(address: str, subject: str, body: str) -> None:
    """Hand a mail over. Returns at once; a failure is only logged."""
    message = EmailMessage(subject=subject, body=body, to=[address])
    _outbox.submit(message.send).add_done_callback(_log_failure)


def wait_until_sent() -> None:
    """Wait until every mail that was handed over before has been sent or has failed."""
    _outbox.submit(int).result()


def _log_failure(sending: Future[int]) -> None:
    if error := sending.exception():
        logger.error("A mail could not be sent", exc_info=error)
