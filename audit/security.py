"""The security log: one line for each failed log-in, log-out, and change of passwords or rights."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from audit.records import present_request

MAX_NAME = 150
logger = logging.getLogger("security")


def connect() -> None:
    user_login_failed.connect(_failed, dispatch_uid="audit security")
    user_logged_in.connect(_logged_in, dispatch_uid="audit security")
    user_logged_out.connect(_logged_out, dispatch_uid="audit security")


def log_security(event: str, name: str, request: HttpRequest | None = None) -> None:
    """Write one line. repr() escapes control characters, so a name cannot start a line."""
    request = request or present_request()
    address = request.META.get("REMOTE_ADDR", "") if request else ""
    shown = {"event": event, "username": name[:MAX_NAME], "address": address}
    logger.info("%(event)s %(username)r from %(address)r", shown, extra=shown)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    log_security("Failed log-in", str(credentials.get("username", "")), request)


def _logged_in(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    log_security("Log-in", user.get_username(), request)


def _logged_out(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        log_security("Log-out", user.get_username(), request)
