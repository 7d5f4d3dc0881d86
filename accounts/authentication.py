"""Authentication of requests by their access token."""

from functools import lru_cache

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import aware_utcnow

from accounts.models import User
from accounts.services.tokens import user_of
from accounts.tokens import AccessToken
from core.errors import TokenInvalid


class TokenAuthentication(JWTAuthentication):
    """Access tokens of SimpleJWT.

    Every request reads its user, so a token ends at once with its account or password.
    """

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        """Return the token; raises InvalidToken."""
        try:
            token = _verified(raw_token)
            token.check_exp(current_time=aware_utcnow())
        except TokenError as error:
            raise InvalidToken from error
        return token

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]  # no TokenUser
        """Return the user of the token; raises InvalidToken."""
        try:
            return user_of(validated_token)
        except TokenInvalid as error:
            raise InvalidToken from error


class TokenScheme(SimpleJWTScheme):
    """Describes TokenAuthentication in the OpenAPI document."""

    target_class = "accounts.authentication.TokenAuthentication"


@lru_cache(maxsize=5000)
def _verified(raw_token: bytes) -> AccessToken:
    """Verify the signature once: clients send the same token until it expires."""
    return AccessToken(raw_token)  # type: ignore[arg-type]  # it takes the encoded token
