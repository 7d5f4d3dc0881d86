"""Limits that depend on what a request about an account sends."""

import hashlib
import threading

from rest_framework.throttling import SimpleRateThrottle

from accounts.names import one_spelling
from core.http.throttles import PasswordCheckThrottle

_counting = threading.Lock()  # otherwise threads would overwrite each other's count


def _sent(request, field):
    """Return a text field of the body; empty if it has none."""
    value = request.data.get(field) if isinstance(request.data, dict) else None
    return value if isinstance(value, str) else ""


class AddressThrottle(SimpleRateThrottle):
    """The limit on mails to one e-mail address, of all callers, for known and unknown addresses.

    Each kind of mail has its own: then its holder has the links of those before. A request that is
    refused sends no mail, so a view counts with `count_mail` when it has sent one.
    """

    scope = "mail"

    def get_cache_key(self, request, view):
        user, address = request.user, one_spelling(_sent(request, "email")).lower()
        if user.is_authenticated:
            if request.method == "POST":
                address = (user.new_email or user.email).lower()
            elif address == user.email.lower():
                return None
        digest = hashlib.sha256(address.encode(errors="replace")).hexdigest()
        ident = f"{type(view).__name__}-{digest}"
        return self.cache_format % {"scope": self.scope, "ident": ident} if address else None

    def throttle_success(self):
        return True

    def add(self):
        """Count one mail more."""
        self.history.insert(0, self.now)
        _, seconds = self.parse_rate(self.rate)
        self.cache.set(self.key, self.history, seconds)


def count_mail(request, view):
    """Count the mail that a request has sent."""
    throttle = AddressThrottle()
    with _counting:
        if throttle.rate and throttle.allow_request(request, view) and throttle.key:
            throttle.add()


class PasswordSentThrottle(PasswordCheckThrottle):
    """The limit on password checks, for a view whose requests need not have a password."""

    def allow_request(self, request, view):
        has_password = _sent(request, "current_password") or _sent(request, "password")
        return not has_password or super().allow_request(request, view)
