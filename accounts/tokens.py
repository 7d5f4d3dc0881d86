"""Access and refresh tokens, signed by the keys of the settings."""

from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.settings import api_settings

ALGORITHM = "HS256"


class KeyRing(TokenBackend):
    """Signs with the first of JWT_SIGNING_KEYS, and verifies with all of them.

    The backend of simplejwt has one key, and neither writes nor reads a `kid`.
    """

    def encode(self, payload: dict[str, Any]) -> str:
        """Return the signed token, with its issuer and audience."""
        kid, key = next(iter(settings.JWT_SIGNING_KEYS.items()))
        names = {"iss": settings.JWT_ISSUER, "aud": settings.JWT_AUDIENCE}
        return jwt.encode(payload | names, key, ALGORITHM, headers={"kid": kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """Return the claims of a token. Raises TokenBackendError."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if kid is None:
                return self._decode_without_kid(token)
            return self._claims_of(
                token,
                settings.JWT_SIGNING_KEYS[kid],
                issuer=settings.JWT_ISSUER,
                audience=settings.JWT_AUDIENCE,
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            raise TokenBackendError("The token is invalid.") from error

    def _decode_without_kid(self, token: Any) -> dict[str, Any]:
        """Return the claims of a token of version 0.1.0: it names no key, issuer or audience."""
        for key in settings.JWT_SIGNING_KEYS.values():
            try:
                claims = self._claims_of(token, key, options={"verify_aud": False})
            except jwt.InvalidSignatureError:
                continue
            if claims.keys() & {"iss", "aud"}:
                raise TokenBackendError("A token of another service.")
            return claims
        raise TokenBackendError("No key has signed this token.")

    def _claims_of(self, token: Any, key: str, **expected: Any) -> dict[str, Any]:
        leeway = self.get_leeway()
        return jwt.decode(token, key, algorithms=[ALGORITHM], leeway=leeway, **expected)


KEY_RING = KeyRing(ALGORITHM, leeway=api_settings.LEEWAY)


class AccessToken(simplejwt.AccessToken):
    _token_backend = KEY_RING


class RefreshToken(simplejwt.RefreshToken):
    """A refresh token whose session is read in the transaction that decides about it."""

    _token_backend = KEY_RING
    access_token_class = AccessToken

    def check_blacklist(self) -> None:
        pass
