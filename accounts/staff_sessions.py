"""Sessions of the admin: when one ends, what was confirmed in it, and which factor was given.

Only the admin has Django's sessions; those of the API are rows of `Session`. All times are kept in
the session, in seconds.
"""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from accounts.models import User

BEGAN, SEEN, CONFIRMED, FACTOR = "began_at", "seen_at", "confirmed_at", "factor_stamp"
MINUTE, HOUR = 60, 60 * 60
NOTED_EVERY = MINUTE  # a page does not cost a write each
FRESH_FOR = 15 * MINUTE  # as PasswordNeeded says


def begin(request: HttpRequest, user: User) -> None:
    """Note the log-in, with its password, in the session that it has begun."""
    session = request.session
    if session.get(SESSION_KEY) == str(user.pk):
        session[BEGAN] = session[SEEN] = session[CONFIRMED] = _now()
        session[FACTOR] = None if user.has_second_factor else ""


def reason_to_end(request: HttpRequest, user: User) -> str:
    """Return a sentence if the session is over, else an empty text."""
    session, now = request.session, _now()
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:  # begun by a former version
        return "Your session has ended. Log in again."
    if now - began >= settings.STAFF_SESSION_HOURS * HOUR:
        return f"Your session has ended after {_counted(settings.STAFF_SESSION_HOURS, 'hour')}."
    if now - seen >= settings.STAFF_IDLE_MINUTES * MINUTE:
        idle = _counted(settings.STAFF_IDLE_MINUTES, "minute")
        return f"Your session has ended, because it was not used for {idle}."
    if not user.has_second_factor and session.get(FACTOR) != "":
        return "Your session has ended, because your second factor was removed."
    return ""


def note_use(request: HttpRequest) -> None:
    """Keep the session alive; written at most once a minute."""
    if _now() - request.session[SEEN] >= NOTED_EVERY:
        request.session[SEEN] = _now()


def confirm(request: HttpRequest) -> None:
    """Note that the password, and the second factor if there is one, was given."""
    request.session[CONFIRMED] = _now()


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the password was given a short time ago."""
    return _now() - request.session.get(CONFIRMED, 0) < FRESH_FOR


def pass_factor(request: HttpRequest, user: User) -> None:
    """Note that the second factor was given, or that there is none any more.

    The key of the session changes, as at a log-in: the former one was of less.
    """
    request.session.cycle_key()
    request.session[FACTOR] = user.factor_stamp


def has_passed_factor(request: HttpRequest, user: User) -> bool:
    """Return whether the user has no second factor, or has given it since one was removed."""
    return bool(request.session.get(FACTOR) == user.factor_stamp)


def _now() -> int:
    return int(time.time())


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
