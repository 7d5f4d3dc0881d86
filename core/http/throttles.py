"""Limits on the number of requests, by address or by user.

The limits of scopes are counted in the shared cache. The limits for all requests of a caller, and
for those of some operations, are counted in each process: a query for each request would cost more
than most requests do.
"""

import threading
import time
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle, SimpleRateThrottle

from core.http.addresses import counted_address

if TYPE_CHECKING:  # REST framework imports this module while it starts
    from rest_framework.views import APIView


MINUTE = 60  # seconds
MAX_CALLERS = 100_000  # that are counted in a minute; the others pass
# Many customers share an address until they have logged in.
USERS_OF_AN_ADDRESS = 5


class CallerThrottle(BaseThrottle):
    """The limits of a user, or without a token of an address, for all requests and some operations.

    Users are not counted by address: a cinema or a company has one address for many. A response
    from the cache of a process is sent before and does not count. A view names the operations with
    a limit of their own in `own_limits`, by action or method.
    """

    scope = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return _is_within_limit(request, 1) and _is_within_own_limit(request, view)

    def wait(self) -> float:
        return _rest_of_the_minute()


def count_work(request: Request, requests: int) -> None:
    """Count a slow request as so many further ones of its caller. Raises Throttled."""
    if requests and not _is_within_limit(request, requests):
        raise Throttled(_rest_of_the_minute())


def _is_within_limit(request: Request, requests: int) -> bool:
    caller = _caller_of(request)
    limit = settings.REQUESTS_PER_MINUTE[caller[0]]
    return not limit or counts.add(caller, requests) <= limit


def _is_within_own_limit(request: Request, view: "APIView") -> bool:
    operation = limited_operation(view, request.method or "")
    limit = settings.OPERATIONS_PER_MINUTE[operation] if operation else 0
    if not limit:
        return True
    caller = _caller_of(request)
    if caller[0] == "address":
        limit *= USERS_OF_AN_ADDRESS
    return counts.add((*caller, operation), 1) <= limit


def limited_operation(view: "APIView", method: str) -> str | None:
    """Return the name in OPERATIONS_PER_MINUTE of what the view does for the method, if any."""
    act = getattr(view, "action", None) or {"HEAD": "get"}.get(method, method.lower())
    found: str | None = getattr(view, "own_limits", {}).get(act)
    return found


def _caller_of(request: Request) -> tuple[str, Any]:
    user = request.user
    scope = "user" if user.is_authenticated else "address"
    return scope, user.pk or counted_address(request)


def _rest_of_the_minute() -> float:
    return counts.seconds_left()


class Counts:
    """What callers did in this period in this process: requests in a minute, for instance."""

    def __init__(self, seconds: int = MINUTE) -> None:
        self._change = threading.Lock()
        self._counts: dict[Any, int] = {}
        self._seconds, self._period = seconds, 0

    def add(self, caller: Any, number: int) -> int:
        """Count a number more, or less; return the sum of the caller, at least 0."""
        period = int(time.time() // self._seconds)
        with self._change:
            if period != self._period:
                self._period = period
                self._counts.clear()
            before = self._counts.get(caller, 0)
            count = max(0, before + number)
            if before or len(self._counts) < MAX_CALLERS:
                self._counts[caller] = count
        return count

    def seconds_left(self) -> int:
        """Return the seconds until the next period."""
        return self._seconds - int(time.time()) % self._seconds

    def clear(self) -> None:
        with self._change:
            self._counts.clear()


counts = Counts()


class ScopedThrottle(ScopedRateThrottle):
    """A limit for the `throttle_scope` of a view: by user, or by address without a token."""

    def get_ident(self, request: Request) -> str:
        return counted_address(request)


class PasswordCheckThrottle(SimpleRateThrottle):
    """The one limit of an address on all requests that check a password, in the API and the admin.

    It is by address for users with a token too: guesses through one account count with the others.
    """

    scope = "login"
    _counting = threading.Lock()  # otherwise threads would overwrite each other's count

    def allow_request(self, request: Request, view: "APIView") -> bool:
        with self._counting:
            return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        return self.cache_format % {"scope": self.scope, "ident": counted_address(request)}

    def wait_of(self, request: HttpRequest) -> float:
        """Count a request outside REST framework; return the seconds to wait, 0 if it may pass."""
        is_allowed = self.allow_request(cast(Request, request), cast("APIView", None))
        return 0 if is_allowed else max(1, self.wait() or 1)
