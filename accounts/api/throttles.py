"""Limits that depend on what a request about an account sends."""

import hashlib

from rest_framework.throttling import SimpleRateThrottle

from core.http.throttles import PasswordCheckThrottle


def _sent(request, field):
    """Return a text field of the body; empty if it has none."""
    value = request.data.get(field) if isinstance(request.data, dict) else None
    return value if isinstance(value, str) else ""


class AddressThrottle(SimpleRateThrottle):
    """The limit on mails to one e-mail address, whoever asks for them and whether it is known.

    Its holder already has the links of the mails before, so nobody is kept from a link. A request
    that is refused sends no mail, so a view counts with `count_mail` when it has sent one.
    """

    scope = "mail"

    def get_cache_key(self, request, view):
        user, address = request.user, _sent(request, "email").strip().lower()
        if user.is_authenticated:
            if request.method == "POST":
                address = (user.new_email or user.email).lower()
            elif address == user.email.lower():
                return None
        digest = hashlib.sha256(address.encode(errors="replace")).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": digest} if address else None

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
    if throttle.rate and throttle.allow_request(request, view) and throttle.key:
        throttle.add()


class PasswordSentThrottle(PasswordCheckThrottle):
    """The limit on password checks, for a view whose requests need not have a password."""

    def allow_request(self, request, view):
        has_password = _sent(request, "current_password") or _sent(request, "password")
        return not has_password or super().allow_request(request, view)
