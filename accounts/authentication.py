"""Who makes a request, by its token."""

import re
from functools import lru_cache

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.utils import aware_utcnow, get_md5_hash_password

from accounts.models import User
from core.db.statements import Statement

USER = Statement(lambda pk: User.objects.filter(pk=pk).order_by())


class TokenAuthentication(JWTAuthentication):
    """Access tokens of SimpleJWT.

    The user is asked for each time, so that a token ends at once with its account or password.
    """

    def get_validated_token(self, raw_token):
        """The token; raises InvalidToken."""
        try:
            token = _verified(raw_token)
            token.check_exp(current_time=aware_utcnow())
        except TokenError as error:
            raise InvalidToken from error
        return token

    def get_user(self, validated_token):
        """The user of the token; raises AuthenticationFailed, InvalidToken among them."""
        found = USER(pk=_user_id(validated_token))
        if not (found and found[0].is_active):
            raise AuthenticationFailed("There is no such account, or no longer.")
        [user] = found
        if validated_token.get("hash_password") != get_md5_hash_password(user.password):
            raise AuthenticationFailed("The password was changed.")
        return user


@lru_cache(maxsize=5000)
def _verified(raw_token):
    """Its signature is checked once, as it is sent with every request until it expires."""
    return AccessToken(raw_token)


def _user_id(token):
    user_id = str(token.get("user_id"))
    if not re.fullmatch("[0-9]{1,19}", user_id):
        raise InvalidToken
    return int(user_id)
