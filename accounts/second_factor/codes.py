"""Codes that are typed: those of an authenticator app, and recovery codes."""

import hashlib
import re
import time
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from math import ceil
from secrets import token_bytes
from typing import Any, NamedTuple

from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.errors import CodesPaused
from accounts.models import User
from core.db.transactions import atomic_with_retry
from core.errors import raises

APP_CODE = re.compile("[0-9]{6}")
RECOVERY_CODES = 10
RECOVERY_NAME = "Recovery codes"
STORED_LENGTH = 16  # characters of 5 bits
# Each wrong code doubles the pause before the next one; the last of these makes it 256 seconds.
MAX_FAILURES = 9


class Check(NamedTuple):
    is_right: bool
    paused_until: datetime | None = None


@raises(CodesPaused)
def check_code(*, user: User, code: str) -> bool:
    """Return whether it is a code of the user's app or a recovery code, and use it up.

    Raises CodesPaused after a wrong code: django-otp counts them for each user.
    """
    check = _check(user=user, code=re.sub(r"[\s-]", "", code).lower())
    if check.paused_until:
        left = (check.paused_until - timezone.now()).total_seconds()
        raise CodesPaused(max(1, ceil(left)))
    return check.is_right


def step_of(app: TOTPDevice, code: str) -> int | None:
    """Return the time step of the app's code, or None for a wrong one. Saves nothing."""
    code = re.sub(r"\s", "", code)
    if not APP_CODE.fullmatch(code):
        return None
    totp = TOTP(app.bin_key, app.step, app.t0, app.digits, app.drift)
    totp.time = time.time()
    return int(totp.t()) if totp.verify(int(code), app.tolerance, app.last_t + 1) else None


def replace_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes of the user and return the new ones. Only digests are stored."""
    codes = [b32encode(token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    device, _ = StaticDevice.objects.get_or_create(user=user, name=RECOVERY_NAME)
    device.token_set.all().delete()
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_stored(code)) for code in codes
    )
    return ["-".join(re.findall("....", code)) for code in codes]


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes are not used. One query."""
    return StaticToken.objects.filter(device__user=user).count()


@atomic_with_retry
def _check(*, user: User, code: str) -> Check:
    """Lock the devices, and try each of them.

    A right code ends the pauses of all of them: the code of one app is wrong for the other.
    """
    is_app_code = APP_CODE.fullmatch(code)
    model: Any = TOTPDevice if is_app_code else StaticDevice
    token = code if is_app_code else _stored(code)
    devices = model.objects.select_for_update(no_key=True).filter(user=user, confirmed=True)
    devices = list(devices.order_by("pk"))
    if paused_until := _paused_until(devices):
        return Check(False, paused_until)
    # A list, so that a wrong code counts for each device.
    if not any([device.verify_token(token) for device in devices]):  # noqa: C419
        return Check(False)
    for device in devices:
        if device.throttling_failure_count:
            device.throttle_reset()
    return Check(True)


def _paused_until(devices: Iterable[Any]) -> datetime | None:
    """Return the end of the pause. Keeps its length within MAX_FAILURES."""
    ends = []
    for device in devices:
        device.throttling_failure_count = min(device.throttling_failure_count, MAX_FAILURES)
        is_allowed, details = device.verify_is_allowed()
        if not is_allowed:
            ends.append(details["locked_until"])
    return max(ends, default=None)


def _stored(code: str) -> str:
    """Return the digest of a recovery code. Eighty random bits need no salt and no slow hash."""
    digest = hashlib.sha256(code.encode(errors="replace")).digest()
    return b32encode(digest).decode().lower()[:STORED_LENGTH]
