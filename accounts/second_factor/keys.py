"""Security keys by WebAuthn, for the host of the request.

A browser signs for the host of its page, so a key that was added at one host of the admin works
there only. The page holds the options; its form sends back what the key has signed.
"""

import json
from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest
from django_otp_webauthn import exceptions
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException

from accounts.models import User
from accounts.second_factor.factors import Added, add_factor
from core.errors import InvalidInput, raises

ADDING, GIVING = "key_to_add", "key_to_give"  # in the session: the challenge of the page
NOT_ADDED = "The security key was not accepted. Try again."
# What the libraries raise for values that a client made up.
UNUSABLE = (
    WebAuthnException,
    exceptions.OTPWebAuthnApiError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
)


class KeyHelper(WebAuthnHelper):
    """Takes keys for the origin of the request, and keeps the name that the user gives."""

    name = ""

    def get_allowed_origins(self) -> list[str]:
        return [f"{self.request.scheme}://{self.request.get_host()}"]

    def create_credential(self, *arguments: Any, **options: Any) -> WebAuthnCredential:
        credential = super().create_credential(*arguments, **options)
        credential.name = self.name
        return credential


def relying_party(request: HttpRequest) -> str:
    """Return the host without its port: `OTP_WEBAUTHN_RP_ID_CALLABLE`."""
    return request.get_host().rsplit(":", 1)[0] if not _is_ipv6(request) else request.get_host()


def can_have_keys(request: HttpRequest) -> bool:
    """Return whether browsers allow security keys at this host: they do not at an address."""
    try:
        ip_address(relying_party(request).strip("[]"))
    except ValueError:
        return True
    return False


def has_keys(user: User) -> bool:
    return WebAuthnCredential.objects.filter(user=user, confirmed=True).exists()


def options_to_add(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the options with which the page asks for a new key, and remember their challenge."""
    options, state = KeyHelper(request).register_begin(user=user)
    request.session[ADDING] = state
    return dict(options)


@raises(InvalidInput)
def add_key(*, request: HttpRequest, user: User, name: str, answer: str) -> Added:
    """Add the key that has signed the challenge of the page. Raises InvalidInput."""
    state = request.session.pop(ADDING, None)
    helper = KeyHelper(request)
    helper.name = name
    data = _parsed(answer)

    def save() -> None:
        helper.register_complete(user=user, state=state, data=data)

    if state is None or data is None:
        raise InvalidInput.of(None, NOT_ADDED)
    try:
        return add_factor(user=user, kind="key", name=name, save=save)
    except UNUSABLE as error:
        raise InvalidInput.of(None, NOT_ADDED) from error


def options_to_give(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """Return the options with which the page asks for a key; None if the user has none."""
    if not can_have_keys(request) or not has_keys(user):
        return None
    options, state = KeyHelper(request).authenticate_begin(
        user=user, require_user_verification=False
    )
    request.session[GIVING] = state
    return dict(options)


def check_key(*, request: HttpRequest, user: User, answer: str) -> bool:
    """Return whether a key of the user has signed the challenge of the page, which is used up."""
    state, data = request.session.pop(GIVING, None), _parsed(answer)
    if state is None or data is None:
        return False
    try:
        key = KeyHelper(request).authenticate_complete(user=user, state=state, data=data)
    except UNUSABLE:
        return False
    return bool(key.confirmed)


def _parsed(answer: str) -> dict[str, Any] | None:
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _is_ipv6(request: HttpRequest) -> bool:
    return request.get_host().endswith("]")
