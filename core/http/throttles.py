"""Limits on the number of requests, counted in the shared cache by address or by user."""

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle

from core.http.addresses import counted_address

if TYPE_CHECKING:  # REST framework imports this module while it starts
    from rest_framework.views import APIView


class ScopedThrottle(ScopedRateThrottle):
    """A limit for the `throttle_scope` of a view: by user, or by address without a token."""

    def get_ident(self, request: Request) -> str:
        return counted_address(request)


class PasswordCheckThrottle(SimpleRateThrottle):
    """The one limit of an address on all requests that check a password, in the API and the admin.

    It is by address for users with a token too: guesses through one account count with the others.
    """

    scope = "login"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        return self.cache_format % {"scope": self.scope, "ident": counted_address(request)}

    def wait_of(self, request: HttpRequest) -> float:
        """Count a request outside REST framework; return the seconds to wait, 0 if it may pass."""
        is_allowed = self.allow_request(cast(Request, request), cast("APIView", None))
        return 0 if is_allowed else max(1, self.wait() or 1)
