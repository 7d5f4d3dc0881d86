"""Limits that depend on what a request about an account sends."""

import hashlib

from rest_framework.throttling import SimpleRateThrottle

from accounts.names import one_spelling
from core.http.throttles import PasswordCheckThrottle


def _sent(request, field):
    """Return a text field of the body; empty if it has none."""
    value = request.data.get(field) if isinstance(request.data, dict) else None
    return value if isinstance(value, str) else ""


class AddressThrottle(SimpleRateThrottle):
    """The limit on mails to one e-mail address, of all callers, for known and unknown addresses.

    Each kind of mail has its own: then its holder has the links of those before. A request takes a
    place among those of the last hour before it sends the mail, and the shared cache gives each
    place to one request only, whichever process asks. A request that is refused gives it back.
    """

    scope = "mail"

    def allow_request(self, request, view):
        key = self.get_cache_key(request, view) if self.rate else None
        if key is None:
            return True
        now, (most, seconds) = self.timer(), self.parse_rate(self.rate)
        if most is None or seconds is None:
            raise ValueError(f"{self.rate} is no rate.")
        places = [f"{key}-{number}" for number in range(most)]
        taken = self.cache.get_many(places)
        for place in places:
            if place not in taken and self.cache.add(place, now, seconds):
                request.mail_place = place
                return True
        self.seconds_left = max(1, min(taken.values(), default=now) + seconds - now)
        return False

    def wait(self):
        return self.seconds_left

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


def give_mail_back(request):
    """Let another request send the mail that a refused one has not sent."""
    if place := getattr(request, "mail_place", None):
        AddressThrottle.cache.delete(place)


class PasswordSentThrottle(PasswordCheckThrottle):
    """The limit on password checks, for a view whose requests need not have a password."""

    def allow_request(self, request, view):
        has_password = _sent(request, "current_password") or _sent(request, "password")
        return not has_password or super().allow_request(request, view)
